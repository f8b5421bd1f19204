"""A loss over several classes is computed on a single output.

## What it finds

A model with one output number, trained with categorical or sparse categorical cross-entropy.

## Why it is wrong

These losses compare a probability for each class, which add up to 1. A single output, divided by itself,
is always 1: the loss is zero or constant, and no gradient comes of it. For two classes use binary
cross-entropy and a sigmoid; for more, one unit per class and a softmax.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

The line marked is that of the loss where the labels are of two kinds, else that of the last layer, which
then has too few units.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import CATEGORICAL, fitted, last_weighted_at

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("softmax-over-one-unit", "target-shape-mismatch")


def find(evidence: Evidence) -> Iterator[Match]:
    for one in fitted(evidence):
        if one.loss not in CATEGORICAL or one.units != 1:
            continue
        classes = one.target.distinct if one.target is not None else None
        two = classes is not None and len(classes) <= 2
        cure = (
            "use binary cross-entropy with a sigmoid"
            if two
            else "give the last layer one unit per class and a softmax"
        )
        message = (
            f"`{one.loss}` compares one probability per class, but `{evidence.name_of(one.seen.model)}` has "
            f"a single output, so that nothing is learned from it; {cure}."
        )
        faults = [f.seq for f in evidence.faults if f.line is not None and f.line == one.call.line]
        line = one.line if two else last_weighted_at(evidence, one)
        yield Match(
            line, message, evidence={"model": one.seen.model, "loss": one.loss}, explains=tuple(faults)
        )
