"""Targets of another size than the output are compared with it all the same.

## What it finds

Training with a squared or absolute error where one example's targets and the model's output have different
numbers of values: one label for ten units, or ten values for one unit.

## Why it is wrong

Squared and absolute errors stretch the smaller side over the larger one. Each of ten units then learns the
label's number, or one unit learns the mean of ten values; nothing is said, unless the shapes cannot be
stretched, and then not what is wrong. One-hot encode the labels and
use a cross-entropy, or give the last layer as many units as there are values to predict.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = np.arange(64).reshape(-1, 1) % 3
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = np.arange(64).reshape(-1, 1) % 3
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Only Keras's own losses of numbers are judged; a hand-written loss may stretch on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import REGRESSION, fitted, last_weighted_at, row_size
from harness.rules._kept_places import kept_places

SEVERITY = Severity.ERROR
NEEDS = "trace"

_GRAPH = "InvalidArgumentError"  # TensorFlow's, from inside the compiled step


def find(evidence: Evidence) -> Iterator[Match]:
    for one in fitted(evidence):
        if one.loss not in REGRESSION or one.target is None or one.call.error not in {None, _GRAPH}:
            continue
        given, made = row_size(one.target), one.units
        if given is None or made is None or given == made:
            continue
        message = (
            f"Each example has {_values(given)} as its target, but `{evidence.name_of(one.seen.model)}` puts "
            f"out {_values(made)}"
        )
        silent = f"; `{one.loss}` stretches one over the other without a word"
        message += "." if one.call.error else f"{silent}."
        unit = "unit" if given == 1 else "units"
        kept = kept_places(evidence, one.seen.model, one.target.shape[1:])
        cure = f"Give its last layer {given} {unit}, or each example {_values(made)} as its target."
        message += f" {cure if kept is None else kept[1]}"
        faults = [
            f.seq
            for f in evidence.faults
            if f.line is not None and f.line == one.call.line and f.type == _GRAPH
        ]
        found = {"model": one.seen.model, "targets": given, "outputs": made, "call": one.call.line}
        line = last_weighted_at(evidence, one) if kept is None else kept[0]
        yield Match(line, message, evidence=found, explains=tuple(faults))


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"
