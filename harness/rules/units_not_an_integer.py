"""A layer's size is a float or a NumPy number where Keras takes a Python integer.

## What it finds

A `Dense` or recurrent layer whose number of units, or an `Embedding` whose number of words or of
dimensions, was computed with NumPy (`np.prod(shape)`, `np.max(words) + 1`) or with a division, so that
it is no Python `int`.

## Why it is wrong

Keras checks that such a size is an integer of Python's own. `np.prod` gives a NumPy integer and `/` gives
a float, even where the result is whole: the layer raises a ValueError, and the model lacks it.

## Example

```python
import numpy as np
from keras import layers

shape = (28, 28, 1)
layer = layers.Dense(np.prod(shape), activation="tanh")
```

## Read instead

```python
import numpy as np
from keras import layers

shape = (28, 28, 1)
layer = layers.Dense(int(np.prod(shape)), activation="tanh")
```

## Known limits

Where one statement makes several layers of computed sizes, the exception is reported as it is.
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
    return mended(evidence, "units-not-an-integer", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    return (
        f"`{evidence['expression']}` is {evidence['found']}, but no integer of Python's own, "
        f"and Keras takes nothing else for `{evidence['argument']}`: write `int({evidence['expression']})`."
    )
