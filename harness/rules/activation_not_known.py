"""An activation has a name that Keras does not know.

## What it finds

A layer whose activation is named by a string that Keras refused, where a name that it knows is near: that of
a layer (`"LeakyReLU"`), one in capitals (`"ReLU"`), or a slip (`"softmx"`).

## Why it is wrong

Keras 3 looks such names up among its functions, which are written small and with underscores. The Keras
inside TensorFlow took the names of layers as well, until TensorFlow 2.15: what was written for it raises a
ValueError now, and the model lacks the layer.

## Example

```python
from keras import Input, Sequential, layers

model = Sequential([Input((4,)), layers.Dense(8, activation="LeakyReLU"), layers.Dense(1)])
```

## Read instead

```python
from keras import Input, Sequential, layers

model = Sequential([Input((4,)), layers.Dense(8, activation="leaky_relu"), layers.Dense(1)])
```

## Known limits

Names that a variable holds, or that are like none of Keras's, are reported with the exception.
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
    return mended(evidence, "activation-not-known", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    return f"Keras knows no activation `{evidence['name']}`: it is called `{evidence['known']}`."
