"""Data is loaded and never used.

## What it finds

Arrays bound by a `load_data()` or `train_test_split()` that nothing reads afterwards, or that only
go into a new value of themselves (`x_test = x_test / 255`).

## Why it is wrong

A reader expects the test images to be used to test something, and the labels to be learned. Where
they are not, the article often leaves out a step that it announces.

## Example

```python
from keras.datasets import mnist

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_test = x_test / 255
print(x_train.shape, y_train.shape)
```

## Read instead

```python
from keras.datasets import mnist

(x_train, y_train), (_, _) = mnist.load_data()
print(x_train.shape, y_train.shape)
```

## Known limits

A name that is only printed, or of which only the shape is read, counts as used. Names with a leading
underscore are meant to be unused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._names import hides_names, words_of_broken_lines

SEVERITY = Severity.NOTE
NEEDS = "source"

_LOADERS = {"load_data", "train_test_split"}


def find(evidence: Evidence) -> Iterator[Match]:
    if any(hides_names(node) and not isinstance(node, ast.ImportFrom) for node in evidence.nodes):
        return
    used = {name for statement in _simple(evidence) for name in _read_for_others(statement)}
    used |= words_of_broken_lines(evidence)
    for node in evidence.nodes:
        if isinstance(node, ast.Assign) and _loads(node.value):
            unused = [
                name for name in _ordered(node.targets[0]) if name not in used and not name.startswith("_")
            ]
            if unused:
                quoted = ", ".join(f"`{name}`" for name in unused)
                verb = "is" if len(unused) == 1 else "are"
                yield Match(
                    node.lineno,
                    f"{quoted} {verb} loaded here and never used: call "
                    f"{'it' if len(unused) == 1 else 'them'} `_`, or use "
                    f"{'it' if len(unused) == 1 else 'them'}.",
                    end_line=node.end_lineno,
                    evidence={"names": unused},
                )


def _simple(evidence: Evidence) -> Iterator[ast.AST]:
    """Statements without a body, and the expressions of those with one."""
    for node in evidence.nodes:
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            yield node
        elif isinstance(node, ast.stmt):
            yield from (child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt))


def _read_for_others(node: ast.AST) -> set[str]:
    """Names read by a statement, but for those that only go into their own new value.

    ``a, b = a / 255, b / 255`` reads each for itself; ``a = f(b)`` reads b.
    """
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return _reads(node.value) - {node.target.id}
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return _reads(node)
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        pairs = zip(target.elts, value.elts, strict=True)
        return {name for left, right in pairs for name in _reads(right) - _names(left)}
    return _reads(value) - _names(target) if isinstance(target, ast.Name) else _reads(node)


def _reads(node: ast.AST) -> set[str]:
    return {
        part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }


def _names(target: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}


def _ordered(target: ast.expr) -> list[str]:
    """Names in the order of the text."""
    parts = [part for part in ast.walk(target) if isinstance(part, ast.Name)]
    return [part.id for part in sorted(parts, key=lambda part: (part.lineno, part.col_offset))]


def _loads(value: ast.AST) -> bool:
    if not isinstance(value, ast.Call):
        return False
    name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", None)
    return name in _LOADERS
