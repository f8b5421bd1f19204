"""The output goes through a sigmoid or softmax twice, or through a relu before it.

## What it finds

A model whose last layer with weights has a sigmoid, softmax or relu of its own, followed by a layer that
applies a sigmoid or softmax.

## Why it is wrong

A second softmax of numbers between 0 and 1 makes them nearly equal, a second sigmoid squeezes them into
[0.5, 0.73]: the model can never be sure of anything, and its loss stays high. Behind a relu, which leaves
nothing below 0, a sigmoid never answers less than 0.5, and a softmax cannot rule a class out.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = np.argmax(x[:, :3], axis=1)
model = Sequential([Input((4,)), layers.Dense(3, activation="softmax"), layers.Activation("softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = np.argmax(x[:, :3], axis=1)
model = Sequential([Input((4,)), layers.Dense(3), layers.Activation("softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Two rectifiers in a row do no harm and are left alone, and so is a relu that another layer, such as a pooling,
parts from the softmax.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import LayerSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._kept_ranges import keeps_range
from harness.rules._places import damaged, layer_place, model_line

SEVERITY = Severity.ERROR
NEEDS = "trace"

_SQUASHING = {"sigmoid", "softmax"}


def find(evidence: Evidence) -> Iterator[Match]:
    for seen in evidence.models.values():
        if seen.kind not in {"Sequential", "Functional"} or damaged(evidence, seen.model):
            continue
        chain = [(index, layer) for index, layer in enumerate(seen.layers) if not keeps_range(layer)]
        if len(chain) < 2:
            continue
        (_, before), (index, last) = chain[-2:]
        first, second = _squashed(before) or _rectified(before), _squashed(last)
        if first is None or second is None or last.parameters or before.output_shape != last.output_shape:
            continue
        if last.output_shape is None:
            continue  # never built: its weights are still to come
        place = layer_place(evidence, seen.model, index)
        line = place.line if place else model_line(evidence, seen.model)
        if line is not None:
            name = evidence.name_of(seen.model)
            message = (
                f"`{name}` applies a {second} to what already went through a {first}: take one of the two "
                "out."
            )
            severity = None
            if first == "relu":
                least = "answers no less than 0.5" if second == "sigmoid" else "cannot rule a class out"
                message = (
                    f"`{name}` applies a {second} to what already went through a relu, which leaves nothing "
                    f"below 0: it {least}. Take the relu out."
                )
                severity = Severity.WARNING if second == "softmax" else None
            found = {"model": seen.model, "activations": [first, second]}
            yield Match(line, message, evidence=found, severity=severity)


def _rectified(layer: LayerSeen) -> str | None:
    """A relu without a slope below 0; where it is bounded above, that does not matter here."""
    sloped = layer.kind == "ReLU" and layer.settings.get("negative_slope")
    return "relu" if not sloped and (layer.activation == "relu" or layer.kind == "ReLU") else None


def _squashed(layer: LayerSeen) -> str | None:
    if layer.kind == "Softmax":
        return "softmax"
    return layer.activation if layer.activation in _SQUASHING else None
