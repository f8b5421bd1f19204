"""The weights of a hidden layer all start with the same number.

## What it finds

A layer that is not the last one with weights and whose kernel is initialised to zeros, ones or another
constant.

## Why it is wrong

Units that start alike compute the same and are corrected alike: a layer of a hundred works as a layer of
one. Zeros in front of a ReLU are worse: no gradient passes, and the layer never changes. Keras's default
initialiser draws random numbers.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1, keepdims=True)
model = Sequential(
    [
        Input((4,)),
        layers.Dense(8, activation="relu", kernel_initializer="zeros"),
        layers.Dense(1),
    ]
)
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1, keepdims=True)
model = Sequential(
    [
        Input((4,)),
        layers.Dense(8, activation="relu"),
        layers.Dense(1),
    ]
)
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Read from the text. A last layer that starts with zeros is a known and good trick, and is left alone, and so
are models that are joined together from branches.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._places import LayerPlace, model_places
from harness.rules._program import called, keyword

SEVERITY = Severity.WARNING
NEEDS = "source"

_WEIGHTED = {"Dense", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "SeparableConv2D"}
_CONSTANT = {"zeros", "zero", "ones", "one", "constant"}
_JOINED = {"Add", "Concatenate", "Multiply", "add", "concatenate", "multiply", "Average"}


def find(evidence: Evidence) -> Iterator[Match]:
    for place in model_places(evidence):
        weighted = [layer for layer in place.layers if layer.kind in _WEIGHTED]
        if any(layer.kind in _JOINED for layer in place.layers):
            continue
        for layer in weighted[:-1]:
            name = _constant(layer)
            if name is not None and _units(layer) != 1:
                message = (
                    f"All weights of this hidden layer start alike (`{name}`), so that its units stay copies "
                    "of one another; leave the kernel to its random initialiser."
                )
                yield Match(layer.line, message, end_line=layer.end_line, evidence={"initializer": name})


def _constant(layer: LayerPlace) -> str | None:
    """The name of a constant initialiser of the kernel."""
    node = keyword(layer.call, "kernel_initializer")
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if node.value.lower() in _CONSTANT else None
    name = called(node) if node is not None else None
    if name is None and isinstance(node, ast.Attribute):
        name = node.attr
    return name if name is not None and name.lower() in _CONSTANT else None


def _units(layer: LayerPlace) -> int | None:
    first = layer.call.args[0] if layer.call.args else None
    value = first if first is not None else keyword(layer.call, "units") or keyword(layer.call, "filters")
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, int) else None
