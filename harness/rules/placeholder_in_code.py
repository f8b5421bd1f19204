"""A placeholder stands where code should be.

## What it finds

A line such as `... // Define the models` or `<your code here>` that is no Python, and a bare `...` among
other statements.

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
from collections.abc import Iterator
from typing import TypeGuard

from harness.model import Fix, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._placeholders import is_placeholder

SEVERITY = Severity.ERROR
NEEDS = "source"


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


def _as_comment(text: str) -> Fix:
    return Fix(text, "# " + text.lstrip("./…*-< ").rstrip("*/> "))


def _is_bare_ellipsis(node: ast.AST) -> TypeGuard[ast.Expr]:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...


def _is_stub(evidence: Evidence, node: ast.AST) -> bool:
    parent = evidence.parents.get(node)
    if not isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    rest = [each for each in parent.body if each is not node and not _is_text(each)]
    return not rest


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
