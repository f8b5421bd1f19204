"""Images with the channels first are given to layers that expect them last.

## What it finds

A model that begins with a two-dimensional convolution or pooling on inputs of the shape (1, n, n) or (3, n,
n), while the layer counts the last axis as its channels.

## Why it is wrong

Keras takes an image of one row and n columns with n channels. The kernel never sees two rows of the picture
beside each other: what makes a convolution useful is lost, and nothing is said. Bring the data into the shape
(n, n, channels).

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 1, 12, 12))
y = np.random.randint(0, 2, 64)
model = Sequential(
    [
        Input((1, 12, 12)),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(2, activation="softmax"),
    ]
)
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 12, 12, 1))
y = np.random.randint(0, 2, 64)
model = Sequential(
    [
        Input((12, 12, 1)),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(2, activation="softmax"),
    ]
)
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Only square images are recognised, of at least eight rows. Where the kernel is larger than the one row that is
left, Keras refuses to build the model, and that is told as it is raised.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import LayerSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._places import damaged, layer_place, model_line

SEVERITY = Severity.ERROR
NEEDS = "trace"

_SPATIAL = ("Conv2D", "SeparableConv2D", "DepthwiseConv2D", "MaxPooling2D", "AveragePooling2D")
_CHANNELS = {1, 3}
_ROWS = 8


def find(evidence: Evidence) -> Iterator[Match]:
    used = {call.model for call in evidence.training}
    for seen in evidence.models.values():
        if seen.model not in used or damaged(evidence, seen.model) or len(seen.input_shapes) != 1:
            continue
        index = next((i for i, layer in enumerate(seen.layers) if layer.kind != "InputLayer"), None)
        layer = None if index is None else seen.layers[index]
        shape = seen.input_shapes[0]
        if layer is None or index is None or not _channels_first(shape) or not _counts_last(layer):
            continue
        place = layer_place(evidence, seen.model, index)
        line = place.line if place else model_line(evidence, seen.model)
        if line is not None:
            _, channels, rows, columns = shape
            message = (
                f"`{evidence.name_of(seen.model)}` takes images of the shape ({channels}, {rows}, "
                f"{columns}), which this layer reads as {channels} by {rows} pixels with {columns} "
                f"channels. Bring them into the shape ({rows}, {columns}, {channels})."
            )
            yield Match(line, message, evidence={"model": seen.model, "input": list(shape[1:])})


def _channels_first(shape: tuple[int | None, ...]) -> bool:
    if len(shape) != 4 or shape[1] not in _CHANNELS:
        return False
    return shape[2] is not None and shape[2] >= _ROWS and shape[2] == shape[3]


def _counts_last(layer: LayerSeen) -> bool:
    """Whether a layer looks at neighbouring pixels and takes the last axis for its channels."""
    return layer.kind in _SPATIAL and layer.settings.get("data_format") == "channels_last"
