"""A name is imported and never used.

## What it finds

Imported names that nothing in the article's code reads afterwards, one finding for each import
statement.

## Why it is wrong

It does no harm when run. It makes a reader look for what the import is there for, and often shows that
a step of the article was left out.

## Example

```python
import math
import random

print(random.random())
```

## Read instead

```python
import random

print(random.random())
```

## Known limits

Silent about `__future__`, names with a leading underscore, names listed in `__all__`, imports inside a
`try`, and imports of a submodule for its effects (`import a.b`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import missing_package
from harness.rules._names import hides_names, words_of_broken_lines

SEVERITY = Severity.NOTE
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    for node, names in _unused(evidence):
        several = len(names) > 1
        verb, cure = ("are", "leave them out") if several else ("is", "leave it out")
        whole = len(names) == len(node.names)
        yield Match(
            node.lineno,
            f"{_listed(names)} {verb} imported here and never used; {cure}.",
            end_line=node.end_lineno,
            evidence={"names": names},
            # An import that fails here and that nothing needs is one matter, not two.
            explains=tuple(f.seq for f in evidence.faults if whole and _failed(node, f)),
        )


def wholly_unused(evidence: Evidence, fault: Fault) -> bool:
    """Whether a package that was not found is imported for nothing."""
    return any(len(names) == len(node.names) and _failed(node, fault) for node, names in _unused(evidence))


def _failed(node: ast.stmt, fault: Fault) -> bool:
    """Whether a fault is that an import did not find its package."""
    line = fault.line or 0
    return missing_package(fault) is not None and node.lineno <= line <= (node.end_lineno or node.lineno)


def _unused(evidence: Evidence) -> Iterator[tuple[ast.Import | ast.ImportFrom, list[str]]]:
    """Imports, each with those of its names that nothing reads."""
    if any(hides_names(node) and not isinstance(node, ast.ImportFrom) for node in evidence.nodes):
        return
    used = _used(evidence)
    for node in evidence.nodes:
        if not isinstance(node, ast.Import | ast.ImportFrom) or _in_try(evidence, node):
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        names = [name for alias in node.names if (name := _bound(alias)) and name not in used]
        if names:
            yield node, names


def _used(evidence: Evidence) -> set[str]:
    names = set()
    for node in evidence.nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.Assign) and _is_all(node):
            constants = (part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant))
            names |= {name for name in constants if isinstance(name, str)}
    return names | words_of_broken_lines(evidence)


def _is_all(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)


def _bound(alias: ast.alias) -> str | None:
    name = alias.asname or alias.name
    if name == "*" or name.startswith("_") or (alias.asname is None and "." in alias.name):
        return None
    return name


def _in_try(evidence: Evidence, node: ast.AST) -> bool:
    around = evidence.parents.get(node)
    while around is not None:
        if isinstance(around, ast.Try):
            return True
        around = evidence.parents.get(around)
    return False


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
