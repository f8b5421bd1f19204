"""Classes are learned by the squared or absolute error of a softmax.

## What it finds

A model that ends in a softmax and is trained on one-hot labels with a mean squared or absolute error, or one
that ends in a sigmoid and is trained on labels of 0 and 1 with a mean absolute error.

## Why it is wrong

Where the model is sure of the wrong class, the softmax is flat: the squared error's gradient is all but 0
just where most is to be learned, and training is slow or stands still. The absolute error is smallest for the
most frequent class. Cross-entropy has neither weakness: `categorical_crossentropy`, or `binary_crossentropy`
after a sigmoid.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers, utils

x = np.random.normal(size=(64, 4))
y = utils.to_categorical(np.random.randint(0, 3, 64), 3)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
model.compile(loss="mse", optimizer="sgd", metrics=["accuracy"])
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers, utils

x = np.random.normal(size=(64, 4))
y = utils.to_categorical(np.random.randint(0, 3, 64), 3)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
model.fit(x, y, verbose=0)
```

## Known limits

A squared error on one sigmoid is left alone: for small problems such as XOR it does, and many introductions
begin with it. So are targets other than 0 and 1, which may be probabilities, and models that give back what
they are fed.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import activation, fitted
from harness.rules._players import pairs

SEVERITY = Severity.WARNING
NEEDS = "trace"
ECHO_OF = (
    "softmax-over-several-labels",
    "softmax-over-one-unit",
    "learning-rate-out-of-range",
    "action-values-squashed",
)

_ERRORS = {"mean_squared_error": "squared", "mean_absolute_error": "absolute"}
_INSTEAD = {"softmax": "categorical_crossentropy", "sigmoid": "binary_crossentropy"}


def find(evidence: Evidence) -> Iterator[Match]:
    if pairs(evidence):
        return
    for one in fitted(evidence):
        end, target = activation(evidence, one), one.target
        kind = _ERRORS.get(one.loss)
        if kind is None or end not in _INSTEAD or target is None or target.distinct != (0.0, 1.0):
            continue
        if end == "sigmoid" and (kind == "squared" or one.units != 1):
            continue
        if one.call.inputs and one.call.inputs[0].shape == target.shape:
            continue  # it may give back what it is fed
        name = evidence.name_of(one.seen.model)
        message = (
            f"`{name}` ends in a {end} and learns classes by a mean {kind} error, which hardly moves it "
            f"where it is sure of the wrong one: use `{_INSTEAD[end or '']}`."
        )
        yield Match(one.line, message, evidence={"model": one.seen.model, "loss": one.loss})
