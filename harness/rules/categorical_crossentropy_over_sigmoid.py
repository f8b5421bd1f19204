"""Categorical cross-entropy is computed on independent sigmoids.

## What it finds

A model that ends in a sigmoid over two or more units, compiled with categorical or sparse categorical
cross-entropy.

## Why it is wrong

Categorical cross-entropy only looks at the unit of the right class and takes the outputs for a distribution.
Sigmoids are none: nothing pushes the wrong classes down except a division by their sum. Use a softmax where
one class is right, or binary cross-entropy where several may be.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = np.argmax(x[:, :3], axis=1)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="sigmoid")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = np.argmax(x[:, :3], axis=1)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Models with several outputs are not looked into. A loss that is told to expect logits has another rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import CATEGORICAL, activation, fitted, output_at

SEVERITY = Severity.WARNING
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    for one in fitted(evidence):
        if one.loss not in CATEGORICAL or one.compiled.from_logits or (one.units or 0) < 2:
            continue
        if activation(evidence, one) not in {"sigmoid", "hard_sigmoid"}:
            continue
        message = (
            f"`{one.loss}` takes a distribution over the classes, but `{evidence.name_of(one.seen.model)}` "
            "ends in a sigmoid for every unit on its own; use a softmax."
        )
        found = {"model": one.seen.model, "loss": one.loss, "compiled_at": one.line}
        yield Match(output_at(evidence, one), message, evidence=found)
