"""Features of very different size are scaled by one number for all of them.

## What it finds

A table from which one mean over all its numbers is subtracted, or that is divided by one deviation or maximum
of all, and of whose columns one still varies a hundred times as much as half of them when the model is fed.

## Why it is wrong

The large features decide that one mean and deviation. They come out at about unit size, and the small ones
lie close to one number, so that the network hardly sees them: what the scaling was for is not done. Take the
figures of each column: `x.mean(axis=0)`, `x.std(axis=0)`.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.column_stack([np.random.uniform(0, 90000, 64), np.random.uniform(18, 80, 64)])
y = (x[:, 1] > 40).astype("float32")
x = (x - x.mean()) / x.std()
model = Sequential([Input((2,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.column_stack([np.random.uniform(0, 90000, 64), np.random.uniform(18, 80, 64)])
y = (x[:, 1] > 40).astype("float32")
x = (x - x.mean(axis=0)) / x.std(axis=0)
model = Sequential([Input((2,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

The figure must be taken where the text makes what the model is fed, or be a variable that holds it. Tables of
more than a hundred columns are left alone, and so are pandas tables, whose figures are those of each column.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import ArraySummary, Severity
from harness.rules._data_places import argument, assignments, data_assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._players import pairs
from harness.rules._predicted import is_module
from harness.rules._program import called, keyword

SEVERITY = Severity.WARNING
NEEDS = "trace"

_APART = 100
_FIGURES = {"mean", "std", "max", "amax", "reduce_mean", "reduce_std", "reduce_max"}
_TABLES = {"read_csv", "DataFrame", "read_excel", "drop", "pop"}  # what pandas makes


def find(evidence: Evidence) -> Iterator[Match]:
    if pairs(evidence) or any(called(node) in _TABLES for node in evidence.nodes):
        return
    told: set[int] = set()
    for call in evidence.training:
        if call.line is None or len(call.inputs) != 1 or not _apart(call.inputs[0]):
            continue
        for step in data_assignments(evidence, argument(evidence, call, 0)):
            figure = _figure(evidence, step.value)
            if figure is None or step.lineno > call.line or figure.lineno in told:
                continue
            told.add(figure.lineno)
            half, most = call.inputs[0].spreads or (0.0, 0.0)
            message = (
                f"`{ast.unparse(figure)}` is one number for all features, of which one varies "
                f"{most / half:,.0f} times as much as half of them: scale each by its own, with `axis=0`."
            )
            yield Match(figure.lineno, message, evidence={"model": call.model})
            break


def _apart(array: ArraySummary) -> bool:
    """Whether the columns of a table vary by very different amounts."""
    return array.spreads is not None and array.spreads[1] > _APART * array.spreads[0]


def _figure(evidence: Evidence, value: ast.expr) -> ast.Call | None:
    """The one number of a whole array that an expression subtracts, or divides by; the first taken."""
    found: list[ast.Call] = []
    for node in ast.walk(value):
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub | ast.Div):
            continue
        by = node.right
        if isinstance(by, ast.Name):
            bound = assignments(evidence, by.id)
            by = bound[0].value if len(bound) == 1 and isinstance(bound[0].targets[0], ast.Name) else by
        if isinstance(by, ast.Call) and called(by) in _FIGURES and _of_all(by):
            found.append(by)
    return min(found, key=lambda figure: figure.lineno, default=None)


def _of_all(node: ast.Call) -> bool:
    """Whether a figure is taken without an axis."""
    module = isinstance(node.func, ast.Attribute) and is_module(node.func.value)
    return len(node.args) == (1 if module else 0) and keyword(node, "axis") is None
