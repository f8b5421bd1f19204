"""What is to be predicted is given to the model as an input.

## What it finds

Training on a table with a column that holds each row's own target, or on windows of a series whose last value
is the target.

## Why it is wrong

The model only has to copy a number that it will not have when it is used: the score is excellent and says
nothing. Leave the column of the labels out of the inputs; let the target be the value behind the window, not
the last one inside it.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

data = np.random.normal(size=(64, 5))
x, y = data, data[:, 4]
model = Sequential([Input((5,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

data = np.random.normal(size=(64, 5))
x, y = data[:, :4], data[:, 4]
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Inputs and targets must be given as arrays of 50 rows or more, with one target a row. A column is told only
where the program cuts columns out of a table: made-up rows may hold their answer on purpose. Sequences whose
task is to find one of their own values again are left alone: only the last value of a window is looked at,
and only where the windows are cut from one series.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import ArraySummary, Severity
from harness.rules._data_places import argument
from harness.rules._evidence import Evidence, Match
from harness.rules._made_at import made_at
from harness.rules._players import pairs

SEVERITY = Severity.ERROR
NEEDS = "trace"

_FEWEST = 3  # columns: with two, one is often the other on purpose
_CUTTING = {"iloc", "loc", "pop", "drop", "values", "to_numpy"}


def find(evidence: Evidence) -> Iterator[Match]:
    if pairs(evidence):
        return
    cut = any(_cuts_columns(node) for node in evidence.nodes)
    told: set[int | None] = set()
    for call in evidence.training:
        if call.line is None or len(call.inputs) != 1 or len(call.targets) != 1 or call.model in told:
            continue
        array, place = call.inputs[0], call.targets[0].among
        if place is None or call.targets[0].shape[0] != array.shape[0]:
            continue
        told.add(call.model)
        found = {"model": call.model, "place": place}
        if array.windows and place == _last(array):
            line = made_at(evidence, argument(evidence, call, 1), call.line)
            message = (
                "The target is the last value of its own window, which the model is given: let it be the one "
                "behind the window."
            )
            yield Match(line, message, evidence=found)
        elif cut and len(array.shape) == 2 and array.shape[1] >= _FEWEST and not array.windows:
            line = made_at(evidence, argument(evidence, call, 0), call.line)
            message = (
                f"Column {place} of the {array.shape[1]} inputs is the target itself, so that the model only "
                "has to copy it: leave it out of the inputs."
            )
            yield Match(line, message, evidence=found)


def _cuts_columns(node: ast.AST) -> bool:
    """Whether an expression takes columns of a table: ``data[:, 4]``, ``frame["price"]``, ``frame.iloc``."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Tuple | ast.List) or (
            isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
        )
    return isinstance(node, ast.Attribute) and node.attr in _CUTTING


def _last(array: ArraySummary) -> int:
    """The place of the last step's first value in a row."""
    return array.shape[1] - 1 if len(array.shape) == 2 else (array.shape[1] - 1) * array.shape[2]
