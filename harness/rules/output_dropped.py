"""A dropout layer stands behind a model's last layer.

## What it finds

A trained model with one output whose last layer is a `Dropout` of any kind.

## Why it is wrong

While the model trains, a share of its answers is set to zero and the others are scaled up, whatever the
weights are: probabilities no longer add up to one, and the loss is taken of numbers that nobody meant. No
training makes that part of the loss go away. Dropout belongs before the layer that gives the answer.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.uniform(-1, 1, size=(64, 4))
y = (x.sum(axis=1) > 0).astype("float32")
model = Sequential(
    [
        Input((4,)),
        layers.Dense(8, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
        layers.Dropout(0.5),
    ]
)
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.uniform(-1, 1, size=(64, 4))
y = (x.sum(axis=1) > 0).astype("float32")
model = Sequential(
    [
        Input((4,)),
        layers.Dense(8, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Models that are trained by steps written by hand are not looked at, nor those with several outputs.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import fitted
from harness.rules._places import last_layer

SEVERITY = Severity.WARNING
NEEDS = "trace"

_KINDS = (
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "AlphaDropout",
    "GaussianDropout",
)


def find(evidence: Evidence) -> Iterator[Match]:
    for one in fitted(evidence):
        last = one.seen.layers[-1] if one.seen.layers else None
        if last is None or last.kind not in _KINDS or not last.settings.get("rate", 1):
            continue
        place = last_layer(evidence, one.seen.model, last.kind)
        name = evidence.name_of(one.seen.model)
        message = (
            f"`{name}` ends in this {last.kind}: while it trains, a share of its answers is set to zero "
            "whatever it has learned. Put the dropout before the last layer that has weights."
        )
        found = {"model": one.seen.model, "layer": last.kind}
        yield Match(
            place.line if place else one.line,
            message,
            end_line=place.end_line if place else None,
            evidence=found,
        )
