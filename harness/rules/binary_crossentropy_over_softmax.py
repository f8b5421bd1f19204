"""Classes that exclude each other are trained with binary cross-entropy.

## What it finds

A model that ends in a softmax over three or more units, compiled with binary cross-entropy.

## Why it is wrong

Softmax says: exactly one of these classes. Binary cross-entropy asks of every unit on its own whether it is
0 or 1, so that most of the loss rewards saying no to the many wrong classes. Training is slower, and an
accuracy per unit, which some versions of Keras report, looks far better than the model is. Use categorical
cross-entropy.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers, utils

x = np.random.normal(size=(64, 4))
y = utils.to_categorical(np.argmax(x[:, :3], axis=1))
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers, utils

x = np.random.normal(size=(64, 4))
y = utils.to_categorical(np.argmax(x[:, :3], axis=1))
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

With two units both losses are the same, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import activation, fitted
from harness.rules._losses import PROBABILITY_LOSS

SEVERITY = Severity.WARNING
NEEDS = "trace"
ECHO_OF = ("softmax-over-several-labels",)


def find(evidence: Evidence) -> Iterator[Match]:
    for one in fitted(evidence):
        count = one.units or 0
        flat = len(one.seen.output_shapes[0]) == 2
        if one.loss != PROBABILITY_LOSS or count < 3 or not flat or activation(evidence, one) != "softmax":
            continue
        message = (
            f"`{evidence.name_of(one.seen.model)}` ends in a softmax over {count} classes, but binary "
            "cross-entropy judges every unit on its own; use categorical cross-entropy."
        )
        yield Match(one.line, message, evidence={"model": one.seen.model, "units": count})
