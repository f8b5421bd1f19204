"""Features in the thousands are fed to a network as they are.

## What it finds

Training inputs with values of a thousand or more, or of a hundred or more where the loss breaks down over
them, given to a network of several layers that begins with a dense, recurrent or one-dimensional
convolutional layer.

## Why it is wrong

Weights are initialised for inputs of about unit size. Sigmoid and tanh units are saturated from the start by
such numbers, ReLU units put out thousands, and a feature in the thousands drowns the others. Training stands
still or breaks down, by the luck of the first weights. Scale each feature, with `StandardScaler`,
`MinMaxScaler` or a `Normalization` layer.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.column_stack([np.random.uniform(0, 90000, 64), np.random.uniform(18, 80, 64)])
y = (x[:, 0] > 45000).astype("float32")
model = Sequential([Input((2,)), layers.Dense(8, activation="tanh"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.column_stack([np.random.uniform(0, 90000, 64), np.random.uniform(18, 80, 64)])
y = (x[:, 0] > 45000).astype("float32")
x = (x - x.mean(axis=0)) / x.std(axis=0)
model = Sequential([Input((2,)), layers.Dense(8, activation="tanh"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Features up to some hundreds are left alone where the training survives them: many tutorials on small tables
get by without scaling. So are models with several inputs, and those that begin with any other layer, which
may scale.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import LayerSeen, Severity
from harness.rules._data_places import argument
from harness.rules._evidence import Evidence, Match
from harness.rules._made_at import made_at
from harness.rules._own_steps import breaks_down
from harness.rules._places import damaged
from harness.rules._players import number, pairs

SEVERITY = Severity.WARNING
NEEDS = "trace"
ECHO_OF = ("raw-pixel-input",)

_LARGE, _BREAKING = 1000, 100
_FIRST = ("Dense", "LSTM", "GRU", "SimpleRNN", "Bidirectional", "Conv1D")
_BEFORE = {"InputLayer", "Flatten", "Reshape", "Dropout"}


def find(evidence: Evidence) -> Iterator[Match]:
    if pairs(evidence):
        return
    told: set[int] = set()
    for call in evidence.training:
        if call.model is None or call.model in told or call.line is None or len(call.inputs) != 1:
            continue
        array = call.inputs[0]
        if array.low is None or array.high is None or not _takes_as_is(evidence, call.model):
            continue
        if damaged(evidence, call.model):
            continue  # a layer that was lost may have scaled them
        reach = max(abs(array.low), abs(array.high))
        broken = breaks_down(call)
        if reach < (_BREAKING if broken else _LARGE):
            continue
        told.add(call.model)
        line = made_at(evidence, argument(evidence, call, 0), call.line)
        where = "" if line == call.line else f" in line {call.line}"
        end = f" Its loss (line {call.line}) is not finite for it." if broken else ""
        message = (
            f"`{evidence.name_of(call.model)}` is fed numbers from {number(array.low)} to "
            f"{number(array.high)}{where}; scale each feature to about unit size first.{end}"
        )
        found = {"model": call.model, "range": [array.low, array.high]}
        yield Match(line, message, evidence=found, severity=Severity.ERROR if broken else None)


def _takes_as_is(evidence: Evidence, model: int) -> bool:
    """Whether a network of several layers multiplies its inputs by weights before anything else."""
    seen = evidence.models.get(model)
    if seen is None or seen.kind not in {"Sequential", "Functional"} or len(seen.input_shapes) != 1:
        return False
    layers = [layer for layer in seen.layers if layer.kind not in _BEFORE]
    weighted = [layer for layer in layers if layer.parameters]
    return (
        len(weighted) > 1
        and _weighs(layers[0])
        and not any("Normalization" in one.kind for one in layers[:2])
    )


def _weighs(layer: LayerSeen) -> bool:
    return layer.kind.startswith(_FIRST) and layer.model is None
