"""A pretrained network is fed pixels from 0 to 255 where it knows -1 to 1.

## What it finds

Images of bytes that reach a network of `keras.applications` as they are or resized, by itself or as the first
layer of a model, where its pretrained weights belong to pixels from -1 to 1 (MobileNet,
MobileNetV2, Inception, Xception, ResNetV2, NASNet).

## Why it is wrong

What the network has learned holds for pixels scaled as those of its own training. Numbers a hundred times as
large saturate its first layers, and its features say little of the images. Scale them with the
`preprocess_input` of its module.

## Example

```python
import numpy as np
from keras import Sequential, applications, layers

x = np.random.randint(0, 256, size=(16, 32, 32, 3)).astype("float32")
y = np.random.randint(0, 3, 16)
base = applications.MobileNet(alpha=0.25, include_top=False, weights="imagenet", input_shape=(32, 32, 3))
base.trainable = False
model = Sequential([base, layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Sequential, applications, layers

x = np.random.randint(0, 256, size=(16, 32, 32, 3)).astype("float32")
x = applications.mobilenet.preprocess_input(x)
y = np.random.randint(0, 3, 16)
base = applications.MobileNet(alpha=0.25, include_top=False, weights="imagenet", input_shape=(32, 32, 3))
base.trainable = False
model = Sequential([base, layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Networks that were trained on pixels of other kinds, as VGG16 and ResNet50, are left alone: fed from 0 to 255
they lack no more than the colours' means. So are pixels from 0 to 1, with which the networks named above
still do something.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, ModelSeen, Severity
from harness.rules._data_places import argument
from harness.rules._evidence import Evidence, Match
from harness.rules._image_files import generator_unscaled, reader
from harness.rules._kept_ranges import first_changing
from harness.rules._made_at import made_at
from harness.rules._places import damaged
from harness.rules._program import called, keyword

SEVERITY = Severity.WARNING
NEEDS = "trace"
ECHO_OF = ("pipeline-dropped",)

# Their weights belong to pixels from -1 to 1.
_NETWORKS = frozenset(
    {
        *("MobileNet", "MobileNetV2", "InceptionV3", "InceptionResNetV2", "Xception"),
        *("ResNet50V2", "ResNet101V2", "ResNet152V2", "NASNetMobile", "NASNetLarge"),
    }
)
_LEAST, _MOST = 100, 255
_ALIKE = 4  # first layers by which a network is known that another model was made of


def find(evidence: Evidence) -> Iterator[Match]:
    bases = {seen.model: name for seen in evidence.models.values() if (name := _network(evidence, seen))}
    told: set[int] = set()
    for call in evidence.calls if bases else ():
        seen = evidence.models.get(call.model) if call.model is not None else None
        base = None if seen is None else _first(evidence, seen, bases)
        if seen is None or base is None or base in told or call.line is None or damaged(evidence, seen.model):
            continue
        line = _raw_at(evidence, call)
        if line is None:
            continue
        told.add(base)
        where = "" if line == call.line else f" (line {call.line})"
        message = (
            f"`{bases[base]}` has learned from pixels between -1 and 1, and is fed raw ones here, from 0 to "
            f"255{where}: scale them with the `preprocess_input` of its module."
        )
        yield Match(line, message, evidence={"model": seen.model})


def _network(evidence: Evidence, seen: ModelSeen) -> str | None:
    """The name of the pretrained network that a model is, by the line that makes it."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) not in _NETWORKS or seen.created_line is None:
            continue
        weights = keyword(node, "weights")
        none = isinstance(weights, ast.Constant) and weights.value is None
        if node.lineno <= seen.created_line <= (node.end_lineno or node.lineno) and not none:
            return called(node)
    return None


def _first(evidence: Evidence, seen: ModelSeen, bases: dict[int, str]) -> int | None:
    """The pretrained network that a model hands its input to as it is, or itself."""
    if seen.model in bases:
        return seen.model
    if len(seen.input_shapes) != 1 or seen.kind not in {"Sequential", "Functional"}:
        return None
    first = first_changing(seen)
    if first is None:
        return None
    if (inner := seen.layers[first].model) is not None:
        return inner if inner in bases else None
    names = [layer.name for layer in seen.layers[:_ALIKE]]
    made_of = (b for b in bases if b in seen.contains)
    return next(
        (b for b in made_of if [one.name for one in evidence.models[b].layers[:_ALIKE]] == names), None
    )


def _raw_at(evidence: Evidence, call: Call) -> int | None:
    """Where the bytes are made that a call feeds, if it feeds any."""
    reading = reader(evidence, call)
    made = None if reading is None else generator_unscaled(evidence, reading)
    if made is not None:
        return made.lineno
    array = call.inputs[0] if len(call.inputs) == 1 else None
    if array is None or array.low is None or array.high is None or len(array.shape) != 4:
        return None
    if array.low < 0 or not _LEAST < array.high <= _MOST:
        return None
    return made_at(evidence, argument(evidence, call, 0), call.line or 0)
