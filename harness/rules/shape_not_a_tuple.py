"""The shape of an input is one number, and no tuple.

## What it finds

An `Input`, or a layer's `input_shape`, that is given a number, or a number in brackets: `shape=(100)`.

## Why it is wrong

A shape is a tuple, with one size for each axis; that of vectors has one, and a comma behind it: `(100,)`.
Keras 3 refuses a number, and the model lacks its input.

## Example

```python
from keras import Input, Model, layers

latent_dim = 100
noise = Input(shape=(latent_dim))
model = Model(noise, layers.Dense(8, activation="relu")(noise))
```

## Read instead

```python
from keras import Input, Model, layers

latent_dim = 100
noise = Input(shape=(latent_dim,))
model = Model(noise, layers.Dense(8, activation="relu")(noise))
```

## Known limits

Where one statement gives several such shapes, the exception is reported as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.model import Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import mended

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    return mended(evidence, "shape-not-a-tuple", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    said = evidence["expression"]
    return f"`{said}` is the number {evidence['size']}, but a shape is a tuple: write `({said},)`."
