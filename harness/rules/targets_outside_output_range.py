"""The targets lie where the model's last activation cannot reach.

## What it finds

A model trained with a regression loss whose output is bounded by its last activation (sigmoid, softmax,
tanh, ReLU), while the targets go beyond these bounds.

## Why it is wrong

A sigmoid never puts out more than 1, a ReLU never less than 0. For targets beyond that the model's best
answer is the bound itself: the loss stops far above zero however long the training takes. Leave the last
layer of a regression linear, or scale the targets into the activation's range.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.linspace(0, 1, 64).reshape(-1, 1)
y = 20 * x + 5
model = Sequential([Input((1,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.linspace(0, 1, 64).reshape(-1, 1)
y = 20 * x + 5
model = Sequential([Input((1,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Only losses of numbers are judged, and only targets given as arrays. A twentieth beyond the bound is
forgiven: noise on labels is a known trick.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import REGRESSION, activation, fitted, output_at
from harness.rules._players import number

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("action-values-squashed",)

_BOUNDS: dict[str, tuple[float, float]] = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "relu": (0.0, float("inf")),
    "softplus": (0.0, float("inf")),
}
_TOLERANCE = 0.05


def find(evidence: Evidence) -> Iterator[Match]:
    for one in fitted(evidence):
        end, target = activation(evidence, one), one.target
        if one.loss not in REGRESSION or end not in _BOUNDS or target is None:
            continue
        if target.low is None or target.high is None:
            continue
        low, high = _BOUNDS[end]
        # For a bound on one side only, noise is measured by the targets' own spread.
        slack = _TOLERANCE * (max(target.high - target.low, 1.0) if high == float("inf") else 1.0)
        if target.low >= low - slack and target.high <= high + slack:
            continue
        name = evidence.name_of(one.seen.model)
        reach = f"below {number(low)}" if target.low < low - slack else f"above {number(high)}"
        message = (
            f"The targets lie in [{number(target.low)}, {number(target.high)}], but `{name}` ends in {end}, "
            f"which puts out nothing {reach}. Leave the last layer linear, or scale the targets."
        )
        found = {"model": one.seen.model, "activation": end, "targets": [target.low, target.high]}
        yield Match(output_at(evidence, one), message, evidence={**found, "call": one.call.line})
