"""The model is tested on data of another scale than those it was trained on.

## What it finds

`evaluate` or `predict` on examples whose numbers are fifty times as large, or as small, as the examples that
the same model was fitted to.

## Why it is wrong

What is done to the training data must be done to all that the model is shown later. A network that was
trained on pixels from 0 to 1 makes nothing of pixels from 0 to 255.

## Example

```python
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train[:64] / 255.0
x_test = x_test[:64]
model = Sequential([Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x_train, y_train[:64], verbose=0)
print(model.evaluate(x_test, y_test[:64], verbose=0))
```

## Read instead

```python
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train[:64] / 255.0
x_test = x_test[:64] / 255.0
model = Sequential([Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x_train, y_train[:64], verbose=0)
print(model.evaluate(x_test, y_test[:64], verbose=0))
```

## Known limits

Only whole arrays of examples are compared, of 16 rows or more and the same shape, or fewer that are far
larger than what a scaler made for the training. The place is the last line that prepares one of the two and
not the other, where the text shows such a line. A model that rescales inside itself is fed alike both times
and so not reported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import ArraySummary, Call, Severity
from harness.rules._data_places import argument, data_assignments, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._players import number, pairs
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_FACTOR = 50
_ROWS = 16


def find(evidence: Evidence) -> Iterator[Match]:
    if pairs(evidence):
        return
    told: set[int | None] = set()
    for call in evidence.calls:
        if call.api not in {"evaluate", "predict"} or call.model in told or call.line is None:
            continue
        fits = [c for c in evidence.training if c.model == call.model and c.api == "fit" and c.seq < call.seq]
        trained, shown = _fed(fits[0]) if fits else None, _fed(call)
        if (
            trained is None
            or shown is None
            or trained.shape[1:] != shown.shape[1:]
            or trained.shape[0] < _ROWS
        ):
            continue
        before, now = _reach(trained), _reach(shown)
        if min(before, now) <= 0 or max(before, now) < _FACTOR * min(before, now):
            continue
        if shown.shape[0] < _ROWS and not (now > before and _by_scaler(evidence, fits[0])):
            continue  # a few rows may be small by chance, and large ones may try how far a model carries
        told.add(call.model)
        at = f"in line {call.line}" if (line := _line(evidence, fits[0], call)) != call.line else "here"
        message = (
            f"`{evidence.name_of(call.model or 0)}` is shown numbers up to {number(now)} {at}, and was "
            f"trained on numbers up to {number(before)} (line {fits[0].line}). Scale both alike."
        )
        found = {"model": call.model, "trained": before, "shown": now, "shown_at": call.line}
        yield Match(line, message, evidence=found)


def _line(evidence: Evidence, fit: Call, call: Call) -> int:
    """The last line that prepares the one kind of data and not the other, as far as the text shows it."""
    shown, trained = argument(evidence, call, 0), argument(evidence, fit, 0)
    if any(isinstance(node, ast.BinOp) for node in ast.walk(shown or ast.Pass())):
        return call.line or 0  # scaled where it is handed over
    own, other = _prepared(evidence, shown, call), _prepared(evidence, trained, fit)
    return max(own - other, default=0) or max(other - own, default=0) or call.line or 0


def _prepared(evidence: Evidence, node: ast.expr | None, call: Call) -> set[int]:
    """The lines before a call that make what it is given."""
    lines = {step.lineno for step in data_assignments(evidence, node)}
    lines |= {
        n.lineno
        for n in evidence.nodes
        if isinstance(n, ast.AugAssign) and root_name(n.target) == root_name(node) is not None
    }
    return {line for line in lines if line <= (call.line or 0)}


def _fed(call: Call) -> ArraySummary | None:
    if len(call.inputs) != 1 or call.error is not None or call.reduced:
        return None
    array = call.inputs[0]
    return array if array.shape and array.low is not None else None


def _by_scaler(evidence: Evidence, fit: Call) -> bool:
    """Whether what a model was trained on came out of a scaler."""
    made = data_assignments(evidence, argument(evidence, fit, 0))
    return any(called(assign.value) in {"fit_transform", "transform"} for assign in made)


def _reach(array: ArraySummary) -> float:
    return max(abs(array.low or 0.0), abs(array.high or 0.0))
