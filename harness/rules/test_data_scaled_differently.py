"""The model is tested on data of another scale than those it was trained on.

## What it finds

`evaluate` or `predict` on examples whose numbers are fifty times as large, or as small, as the examples that
the same model was fitted to; and on one part of a split as it is, where a scaler has brought the other part,
to which the model was fitted, into another range. Targets for `evaluate` that are so far from those of the
training while the examples are not are found as well.

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
from harness.rules._data_places import argument, assignments, data_assignments, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._own_steps import fed_inside
from harness.rules._players import number, pairs
from harness.rules._predicted import is_parameter
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_FACTOR = 50
_ROWS = 16
_SAME = 3  # by which the examples of training and test may reach further than one another
_SCALING = {"fit_transform", "transform"}
_OFF = 0.25  # of the width of a range; the ends of two parts of the same data lie closer


def find(evidence: Evidence) -> Iterator[Match]:
    if pairs(evidence):
        return
    yield from _beside(evidence)
    yield from _targets(evidence)
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
        left_out = _left_out(evidence, fits[0], call) and _elsewhere(trained, shown)
        if min(before, now) <= 0 or (max(before, now) < _FACTOR * min(before, now) and not left_out):
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
        if left_out:
            part = root_name(argument(evidence, call, 0))
            message = (
                f"Line {line} scales what `{evidence.name_of(call.model or 0)}` is trained on, and nothing "
                f"scales `{part}`, from the same split, which it is shown in line {call.line}. Use the "
                "scaler's `transform` on it."
            )
        # Where the other part is scaled and left lying, that is told.
        yield Match(line, message, evidence=found, echo_of=("scaled-data-unused",) if left_out else None)


def _left_out(evidence: Evidence, fit: Call, call: Call) -> bool:
    """Whether one part of a split goes through a scaler before the training, and the other does not."""
    shown, trained = argument(evidence, call, 0), argument(evidence, fit, 0)
    if not isinstance(shown, ast.Name) or not isinstance(trained, ast.Name) or shown.id == trained.id:
        return False
    if not _by_scaler(evidence, fit) or is_parameter(evidence, shown.id):
        return False
    own = {step.lineno for step in assignments(evidence, shown.id)}
    split = [s for s in data_assignments(evidence, trained) if called(s.value) == "train_test_split"]
    if len(split) != 1 or own != {split[0].lineno} or len(_prepared(evidence, shown, call) - own):
        return False
    scaled = [s.lineno for s in assignments(evidence, trained.id) if called(s.value) in _SCALING]
    return bool(scaled) and min(scaled) > split[0].lineno


def _elsewhere(trained: ArraySummary, shown: ArraySummary) -> bool:
    """Whether two arrays lie in ranges of which neither end is the other's."""
    if None in {trained.low, trained.high, shown.low, shown.high}:
        return False
    width = (trained.high or 0.0) - (trained.low or 0.0)
    ends = ((trained.low or 0.0) - (shown.low or 0.0), (trained.high or 0.0) - (shown.high or 0.0))
    return width > 0 and all(abs(end) > _OFF * width for end in ends)


def _beside(evidence: Evidence) -> Iterator[Match]:
    """One of a network's inputs, as the time of a diffusion is, in numbers far beyond those of its steps."""
    trained = [(call, fed) for call in evidence.training for fed in fed_inside(evidence, call)]
    told: set[int | None] = set()
    for call in evidence.calls:
        if call.trains or call.model in told or call.line is None or call.error is not None:
            continue
        for shown in call.inputs if len(call.inputs) > 1 else ():
            own = [(c, f.array) for c, f in trained if f.model == call.model and _alike(f.array, shown)]
            reaches = [_reach(array) for _, array in own if array.low is not None]
            single = sum(_alike(shown, other) for other in call.inputs) == 1
            if not single or not reaches or len(reaches) < len(own) or shown.low is None:
                continue
            before, now = max(reaches), _reach(shown)
            if before > 0 and now >= _FACTOR * before:
                told.add(call.model)
                message = (
                    f"`{evidence.name_of(call.model or 0)}` is shown numbers up to {number(now)} here, and "
                    f"was trained on numbers up to {number(before)} in this input (line {own[0][0].line}). "
                    "Scale both alike."
                )
                found = {"model": call.model, "trained": before, "shown": now, "shown_at": call.line}
                yield Match(call.line, message, evidence=found)
                break


def _targets(evidence: Evidence) -> Iterator[Match]:
    """Targets of a test in other units than those of the training, for examples in the same ones."""
    told: set[int | None] = set()
    for call in evidence.calls:
        fits = [c for c in evidence.training if c.model == call.model and c.api == "fit" and c.seq < call.seq]
        if call.api != "evaluate" or call.model in told or call.line is None or not fits:
            continue
        trained, shown = _aim(fits[-1]), _aim(call)
        examples = [_fed(one) for one in (fits[-1], call)]
        if trained is None or shown is None or None in examples:
            continue
        ends = [_reach(one) for one in examples if one is not None]
        before, now = _reach(trained), _reach(shown)
        if max(ends) > _SAME * min(ends) or max(before, now) < _FACTOR * min(before, now):
            continue
        told.add(call.model)
        message = (
            f"`{evidence.name_of(call.model or 0)}` is tested in line {call.line} on targets up to "
            f"{number(now)}, and was trained towards targets up to {number(before)} (line {fits[-1].line}). "
            "Scale both alike, or bring the predictions back before they are compared."
        )
        found = {"model": call.model, "trained": before, "shown": now, "shown_at": call.line}
        yield Match(_line(evidence, fits[-1], call, at=1), message, evidence=found)


def _aim(call: Call) -> ArraySummary | None:
    """The numbers that a model is trained or tested to give, where they are many and no labels."""
    if len(call.targets) != 1 or call.error is not None or call.reduced:
        return None
    array = call.targets[0]
    if not array.shape or array.shape[0] < _ROWS or array.low is None or array.distinct is not None:
        return None
    return array if _reach(array) > 0 else None


def _alike(one: ArraySummary, other: ArraySummary) -> bool:
    return one.shape[1:] == other.shape[1:]


def _line(evidence: Evidence, fit: Call, call: Call, at: int = 0) -> int:
    """The last line that prepares the one kind of data and not the other, as far as the text shows it."""
    shown, trained = argument(evidence, call, at), argument(evidence, fit, at)
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
    return any(called(assign.value) in _SCALING for assign in made)


def _reach(array: ArraySummary) -> float:
    return max(abs(array.low or 0.0), abs(array.high or 0.0))
