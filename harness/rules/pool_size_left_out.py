"""An average pooling is made without the size that Keras 3 asks for.

## What it finds

`AveragePooling1D`, `2D` and `3D` that are made without a `pool_size` and failed for that reason.

## Why it is wrong

Keras 2 took 2 along every axis where nothing was said, as `MaxPooling2D` still does. The average pooling of
Keras 3 has no default, so that the program ends with a `TypeError`.

## Example

```python
import keras
from keras import layers

image = keras.Input((28, 28, 1))
smaller = layers.AveragePooling2D()(image)
```

## Read instead

```python
import keras
from keras import layers

image = keras.Input((28, 28, 1))
smaller = layers.AveragePooling2D(pool_size=2)(image)
```

## Known limits

Where one statement makes several such layers, or hands their arguments over in a dictionary, the exception is
reported as it is.
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
    return mended(evidence, "pool-size-left-out", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    return (
        f"`{evidence['layer']}` has no default for `pool_size` since Keras 3.0; before, it was "
        f"{evidence['default']} along every axis. Write `pool_size={evidence['default']}`."
    )
