"""A placeholder stands where code should be.

## What it finds

A line such as `... // Define the models` or `<your code here>` that is no Python, a bare `...` among
other statements, and a `...` in place of a value (`model = ...`, `model.fit(...)`) over which the run failed.

## Why it is wrong

The listing is not complete: as printed it either does not parse at all or silently does nothing where
the article says that something happens.

## Example

~~~~markdown
```python
epochs = 20

... // Define the models

print(epochs)
```
~~~~

## Read instead

~~~~markdown
```python
epochs = 20

# The models are those defined above.

print(epochs)
```
~~~~

## Known limits

A `...` that is the whole body of a function or class is taken for a stub, which is a proper use of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

from harness.model import Fault, Fix, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._placeholders import is_placeholder

SEVERITY = Severity.ERROR
NEEDS = "source"

_ELLIPSIS = re.compile(r"\bellipsis\b|\bEllipsis\b")


def find(evidence: Evidence) -> Iterator[Match]:
    for broken in evidence.listing.broken:
        if is_placeholder(broken.source):
            text = broken.source.strip()
            yield Match(
                broken.line,
                f"A placeholder instead of code: `{text[:80]}` is not Python. Write the code out, or make it "
                "a "
                "comment.",
                end_line=broken.end_line,
                evidence={"source": text[:500]},
                fix=_as_comment(text) if "\n" not in text else None,
            )
    for node in evidence.nodes:
        if _is_bare_ellipsis(node) and not _is_stub(evidence, node):
            yield Match(
                node.lineno,
                "A placeholder instead of code: `...` does nothing here. Write the code out.",
                evidence={"source": "..."},
                severity=Severity.WARNING,
            )

    yield from _values_left_out(evidence)


def _values_left_out(evidence: Evidence) -> Iterator[Match]:
    """Each ``name = ...`` and ``call(...)`` that something failed over, with all those faults."""
    failed = [f for f in evidence.faults if _ELLIPSIS.search(f.message) and f.line is not None]
    places: dict[int, tuple[str, list[int]]] = {}
    for fault in failed:
        found = _left_out(evidence, fault)
        if found is not None:
            line, printed = found
            places.setdefault(line, (printed, []))[1].append(fault.seq)
    for line, (printed, faults) in sorted(places.items()):
        yield Match(
            line,
            f"A placeholder instead of code: `{printed}` stands for something that the article leaves out. "
            "Write it out.",
            evidence={"source": printed},
            explains=tuple(faults),
        )


def _left_out(evidence: Evidence, fault: Fault) -> tuple[int, str] | None:
    """Where the ``...`` of a fault was written: in a call there, or where a name of there was bound last."""
    first, last = fault.line or 0, fault.end_line or fault.line or 0
    here = [node for node in evidence.nodes if first <= getattr(node, "lineno", 0) <= last]
    for node in here:
        if isinstance(node, ast.Call) and any(_is_ellipsis(argument) for argument in node.args):
            return node.lineno, ast.unparse(node)
    used = {node.id for node in here if isinstance(node, ast.Name)}
    bound = [
        node
        for node in evidence.nodes
        if isinstance(node, ast.Assign) and _is_ellipsis(node.value) and node.lineno <= first
        if used & {target.id for target in node.targets if isinstance(target, ast.Name)}
    ]
    latest = max(bound, key=lambda node: node.lineno, default=None)
    return (latest.lineno, ast.unparse(latest)) if latest is not None else None


def _is_ellipsis(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _as_comment(text: str) -> Fix:
    return Fix(text, "# " + text.lstrip("./…*-< ").rstrip("*/> "))


def _is_bare_ellipsis(node: ast.AST) -> TypeGuard[ast.Expr]:
    return isinstance(node, ast.Expr) and _is_ellipsis(node.value)


def _is_stub(evidence: Evidence, node: ast.AST) -> bool:
    parent = evidence.parents.get(node)
    if not isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    rest = [each for each in parent.body if each is not node and not _is_text(each)]
    return not rest


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
