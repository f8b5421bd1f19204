"""Classes are learned as if they were numbers.

## What it finds

A model that ends without an activation, or in a relu, and is trained on one-hot labels of three classes or
more with a mean squared or absolute error.

## Why it is wrong

The model is asked to hit 1 and 0 exactly: a class of which it is more than sure is punished like one that it
misses, and its outputs are no probabilities. It learns more slowly and generalises worse than a softmax with
`categorical_crossentropy`.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers, utils

x = np.random.normal(size=(64, 4))
y = utils.to_categorical(np.random.randint(0, 3, 64), 3)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3)])
model.compile(loss="mse", optimizer="adam", metrics=["accuracy"])
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers, utils

x = np.random.normal(size=(64, 4))
y = utils.to_categorical(np.random.randint(0, 3, 64), 3)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x, y, verbose=0)
```

## Known limits

Labels are one-hot where each row that is fed holds a single 1 and zeros. A single output that is trained on
the numbers of classes is left alone: they may be grades.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import activation, fitted
from harness.rules._players import pairs

SEVERITY = Severity.WARNING
NEEDS = "trace"
ECHO_OF = ("learning-rate-out-of-range",)

_ERRORS = {"mean_squared_error": "squared", "mean_absolute_error": "absolute"}
_UNBOUNDED = {"linear": "without an activation", "relu": "in a relu"}
_CLASSES = 3


def find(evidence: Evidence) -> Iterator[Match]:
    if pairs(evidence):
        return
    for one in fitted(evidence):
        end, target = activation(evidence, one), one.target
        kind = _ERRORS.get(one.loss)
        if kind is None or end not in _UNBOUNDED or target is None or target.marked != (1, 1):
            continue
        if len(target.shape) != 2 or target.shape[1] < _CLASSES or one.units != target.shape[1]:
            continue
        if one.call.inputs and one.call.inputs[0].shape == target.shape:
            continue  # it may give back what it is fed
        message = (
            f"`{evidence.name_of(one.seen.model)}` ends {_UNBOUNDED[end or '']} and learns {one.units} "
            f"classes by a mean {kind} error, as if they were numbers to hit: end in a softmax, and use "
            "`categorical_crossentropy`."
        )
        yield Match(one.line, message, evidence={"model": one.seen.model, "loss": one.loss})
