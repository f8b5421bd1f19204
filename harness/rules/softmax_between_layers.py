"""A hidden layer ends in a softmax.

## What it finds

A sequential model with a softmax in front of another layer that has weights.

## Why it is wrong

Softmax makes the layer's outputs add up to 1: the units compete, most of them are nearly zero, and little
gradient passes to the layers before. It belongs to the end of a classifier. Between layers use ReLU.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(6, "softmax"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(6, "relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Functional models that join branches are left alone: there a softmax may be an attention.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import LayerSeen, ModelSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._places import damaged, layer_place, model_line

SEVERITY = Severity.WARNING
NEEDS = "trace"

_SUMS = {"Dense", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose"}

_PLAIN = _SUMS | {
    "InputLayer",
    "Activation",
    "Softmax",
    "ReLU",
    "LeakyReLU",
    "Dropout",
    "BatchNormalization",
    "Flatten",
    "MaxPooling2D",
    "Embedding",
    "LSTM",
    "GRU",
}


def find(evidence: Evidence) -> Iterator[Match]:
    for seen in evidence.models.values():
        if not _chain(seen) or damaged(evidence, seen.model):
            continue
        for index in _hidden(seen):
            place = layer_place(evidence, seen.model, index)
            line = place.line if place else model_line(evidence, seen.model)
            if line is not None:
                name = evidence.name_of(seen.model)
                message = (
                    f"A softmax stands between the layers of `{name}`; it belongs to the output only. Use "
                    "relu here."
                )
                yield Match(line, message, evidence={"model": seen.model, "layer": index})


def _chain(seen: ModelSeen) -> bool:
    """Whether a model is one layer after another: elsewhere a softmax may weigh parts that are joined."""
    if seen.kind == "Sequential":
        return True
    single = len(seen.input_shapes) == len(seen.output_shapes) == 1
    return seen.kind == "Functional" and single and all(layer.kind in _PLAIN for layer in seen.layers)


def _hidden(seen: ModelSeen) -> Iterator[int]:
    """Positions of layers that put out a softmax which a later layer with weights of its own takes in."""
    weighted = [index for index, layer in enumerate(seen.layers) if layer.kind in _SUMS]
    for index, layer in enumerate(seen.layers):
        if _softmax(layer) and weighted and index < weighted[-1] and _size(layer) != 1:
            yield index


def _softmax(layer: LayerSeen) -> bool:
    if layer.kind == "Softmax":
        return True
    return layer.activation == "softmax" and (layer.kind in _SUMS or layer.kind == "Activation")


def _size(layer: LayerSeen) -> int | None:
    return layer.output_shape[-1] if layer.output_shape else None
