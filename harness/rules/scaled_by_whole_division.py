"""Pixels are scaled by a division that cuts their fractions off.

## What it finds

Data divided by 200 or more with `//`, or turned into whole numbers behind such a division, that reach a model
as zeros and ones.

## Why it is wrong

A whole division of bytes by 255 leaves 1 of the brightest value, and 0 of every other: nearly all that the
images show is gone before the model sees it. Divide with `/`, and keep the result a float.

## Example

```python
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, y_train), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) // 255
model = Sequential([Input((784,)), layers.Dense(8, "relu"), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x_train, y_train[:64], verbose=0)
```

## Read instead

```python
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, y_train), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 255
model = Sequential([Input((784,)), layers.Dense(8, "relu"), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x_train, y_train[:64], verbose=0)
```

## Known limits

The division must stand where the text makes what the model is fed, by a number that is written out. Smaller
numbers may be thresholds that are meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import ArraySummary, Severity
from harness.rules._data_places import argument, data_assignments, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_LEAST = 200
_WHOLE = {"int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"}


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for call in evidence.training:
        if call.line is None or not call.inputs or not _bits(call.inputs[0]):
            continue
        for node in _makers(evidence, argument(evidence, call, 0)):
            if node.lineno in told or node.lineno > call.line or (said := _cut(node)) is None:
                continue
            told.add(node.lineno)
            message = (
                f"`{said}` keeps no fractions: of all pixels only the brightest are 1, the others 0. "
                "Divide with `/`, and keep floats."
            )
            yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"model": call.model})


def _bits(array: ArraySummary) -> bool:
    """Whether an array holds nothing but zeros and ones."""
    return array.distinct is not None and set(array.distinct) <= {0.0, 1.0} and len(array.shape) > 1


def _makers(evidence: Evidence, given: ast.expr | None) -> Iterator[ast.Assign | ast.AugAssign]:
    """What the text computes the data by, in place too."""
    steps = data_assignments(evidence, given)
    names = {n.id for step in steps for t in step.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    yield from steps
    for node in evidence.nodes:
        if isinstance(node, ast.AugAssign) and root_name(node.target) in names | {root_name(given)}:
            yield node


def _cut(step: ast.Assign | ast.AugAssign) -> str | None:
    """The expression that divides and keeps no fractions."""
    if isinstance(step, ast.AugAssign):
        return ast.unparse(step) if isinstance(step.op, ast.FloorDiv) and _large(step.value) else None
    for node in ast.walk(step.value):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv) and _large(node.right):
            return ast.unparse(node)
        if isinstance(node, ast.Call) and called(node) == "astype" and isinstance(node.func, ast.Attribute):
            inner = node.func.value
            whole = node.args and ast.unparse(node.args[0]).strip("'\"").rsplit(".", 1)[-1] in _WHOLE
            divides = isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Div) and _large(inner.right)
            if whole and divides:
                return ast.unparse(node)
    return None


def _large(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and node.value >= _LEAST
