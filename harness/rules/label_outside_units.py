"""There are more classes than output units.

## What it finds

Sparse categorical cross-entropy on labels that reach as high as the number of the model's output units, or
below zero.

## Why it is wrong

A label is the number of its unit, counted from 0. A label without a unit makes TensorFlow fail on the CPU,
and gives NaN elsewhere. Give the last layer as many units as there are classes, and count labels from 0.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = np.arange(64) % 5
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(4, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = np.arange(64) % 5
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(5, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Labels that come from a pipeline are not seen before they fail.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import fitted, last_weighted_at
from harness.rules._players import number

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("categorical-loss-over-one-unit",)


def find(evidence: Evidence) -> Iterator[Match]:
    yield from _of_several(evidence)
    for one in fitted(evidence):
        target, count = one.target, one.seen.output_shapes[0][-1]
        if one.loss != "sparse_categorical_crossentropy" or target is None or count is None:
            continue
        if target.low is None or target.high is None or (target.low >= 0 and target.high <= count - 1):
            continue
        lines = {call.line for call in evidence.calls if call.model == one.seen.model} - {None}
        faults = [f.seq for f in evidence.faults if f.line == one.call.line or _refused(f, lines)]
        message = (
            f"The labels run from {number(target.low)} to {number(target.high)}, but "
            f"`{evidence.name_of(one.seen.model)}` has {count} output units, for the labels 0 to "
            f"{count - 1}. "
            f"{_cure(target.low, target.high)}"
        )
        found = {"model": one.seen.model, "labels": [target.low, target.high], "units": count}
        yield Match(last_weighted_at(evidence, one), message, evidence=found, explains=tuple(faults))


def _of_several(evidence: Evidence) -> Iterator[Match]:
    """Models with several outputs, each with its own loss and targets, in one order."""
    told: set[int] = set()
    for call in evidence.training:
        seen = evidence.models.get(call.model) if call.model is not None else None
        compiled = None if seen is None else next(iter(evidence.compiled(seen.model)), None)
        if seen is None or compiled is None or compiled.line is None or seen.model in told:
            continue
        count = len(seen.output_shapes)
        if count < 2 or len(compiled.losses) != count or len(call.targets) != count or not call.error:
            continue
        units = [shape[-1] or 0 for shape in seen.output_shapes]
        for place, (loss, target) in enumerate(zip(compiled.losses, call.targets, strict=True)):
            if "sparse" not in loss or target.high is None or target.high <= units[place] - 1:
                continue
            told.add(seen.model)
            suits = [i for i, other in enumerate(call.targets) if (other.high or 0) <= units[i] - 1]
            swapped = any(compiled.losses[i] != loss and units[i] > 1 for i in suits)
            cure = "The losses stand in another order than the outputs." if swapped else "Give it more units."
            message = (
                f"Output {place + 1} of `{evidence.name_of(seen.model)}` has {units[place]} "
                f"{'unit' if units[place] == 1 else 'units'}, and `{loss}` is given labels up to "
                f"{number(target.high)} for it. {cure}"
            )
            lines = {c.line for c in evidence.calls if c.model == seen.model} - {None}
            faults = tuple(f.seq for f in evidence.faults if f.line == call.line or _refused(f, lines))
            found = {"model": seen.model, "output": place}
            yield Match(compiled.line, message, evidence=found, explains=faults)
            break


def _refused(fault: Fault, lines: set[int | None]) -> bool:
    """Whether a later call of the model failed over its labels, as `evaluate` does."""
    return fault.line in lines and fault.type == "InvalidArgumentError"


def _cure(low: float, high: float) -> str:
    if low < 0 or not (float(low).is_integer() and float(high).is_integer()):
        return "Number the classes from 0 on."
    return f"Give it {number(high + 1)} units, or number the classes from 0 on."
