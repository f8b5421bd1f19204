"""A softmax shares out one probability among labels of which several may hold at once.

## What it finds

A model that ends in a softmax and is trained on rows of zeros and ones, some of which have several ones.

## Why it is wrong

A softmax makes its values add up to 1: the more one label is believed, the less all others can be. An example
with three labels gets at most a third for each, whatever the model has learned, and one with none cannot be
told. Let each label have a sigmoid of its own, and train with binary cross-entropy.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(4, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(4, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

The labels must be given as an array. Maps of labels, one for each pixel, are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import activation, fitted, output_at

SEVERITY = Severity.WARNING
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    for one in fitted(evidence):
        target = one.target
        marked = target.marked if target is not None else None
        if marked is None or marked[1] < 2 or activation(evidence, one) != "softmax":
            continue
        if one.units is None or target is None or target.shape[1:] != (one.units,):
            continue
        name = evidence.name_of(one.seen.model)
        message = (
            f"Up to {marked[1]} labels hold at once for one example, but `{name}` ends in a softmax, whose "
            "values share a sum of 1. Give it a sigmoid, and compile with `binary_crossentropy`."
        )
        found = {"model": one.seen.model, "labels": list(marked), "loss": one.loss}
        yield Match(output_at(evidence, one), message, evidence=found)
