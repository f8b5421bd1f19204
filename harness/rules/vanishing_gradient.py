"""The gradient is all but gone when it reaches the first layers.

## What it finds

A network of at least five layers with weights, half of them or more under a sigmoid or tanh, in whose first
layer less than a five-thousandth of the last layer's gradient arrives, each times the size of its weights.

## Why it is wrong

A sigmoid's slope is a quarter at most, so that each such layer takes three quarters or more of the gradient
away. The first layers of a deep stack stay what they were when they were made; the last ones learn from what
random layers leave of the data. ReLU, whose slope is 1, hands the gradient on.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 8))
y = np.arange(64).reshape(-1, 1) % 2
model = Sequential([Input((8,))])
for _ in range(10):
    model.add(layers.Dense(16, activation="sigmoid"))
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 8))
y = np.arange(64).reshape(-1, 1) % 2
model = Sequential([Input((8,))])
for _ in range(10):
    model.add(layers.Dense(16, activation="relu"))
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Measured after the run, on TensorFlow, with rows that were fed to a Sequential or functional network directly:
networks inside a traced step of the program's own are not seen, and large ones are left out. So are networks
with a normalisation, and recurrent layers. Six sigmoids in a row are let pass: with Adam they still learn,
only more slowly.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import LayerSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._layers_probed import layer_line, probed
from harness.rules._players import number

SEVERITY = Severity.WARNING
NEEDS = "probe"
ECHO_OF = ("not-finite", "raw-pixel-input", "weights-start-equal", "dead-units", "softmax-between-layers")

_LAYERS = 5
_LEFT = 2e-4  # six sigmoids leave about a thousandth, eight less than a ten-thousandth
_SQUASHING = {"sigmoid", "tanh", "hard_sigmoid", "softsign"}
_PLAIN = ("Dense", "Conv", "SeparableConv", "Activation")


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for seen, result in probed(evidence):
        flow = [one for one in result.get("flow", ()) if one["size"] is not None]
        squashing = [layer for layer in seen.layers[:-1] if _squashes(layer)]
        if len(flow) < _LAYERS or 2 * len(squashing) < len(flow):
            continue
        first, last = flow[0]["size"], flow[-1]["size"]
        if not 0 < first < _LEFT * last:
            continue  # exactly 0 is no fading: something is cut off or silent
        line = layer_line(evidence, seen.model, seen.layers.index(squashing[0]))
        if line is None or line in told:
            continue
        told.add(line)
        kinds = " or ".join(dict.fromkeys(layer.activation or "" for layer in squashing))
        message = (
            f"Of the gradient that the last layer of `{evidence.name_of(seen.model)}` gets, only "
            f"{number(first / last)} arrives at its first: {len(squashing)} layers squash their values by "
            f"{kinds}. Use ReLU in the hidden layers."
        )
        found = {"model": seen.model, "left": float(number(first / last)), "layers": len(flow)}
        yield Match(line, message, evidence=found)


def _squashes(layer: LayerSeen) -> bool:
    return layer.kind.startswith(_PLAIN) and layer.activation in _SQUASHING
