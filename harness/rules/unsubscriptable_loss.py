"""One number is indexed as if it were a list of losses.

## What it finds

`loss[0]` where `train_on_batch`, `test_on_batch` or `evaluate` gave back a plain number.

## Why it is wrong

Without metrics these methods return the loss alone, a `float`; only with metrics do they return a list
that begins with it. The subscript raises `TypeError`.

## Example

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
loss = model.train_on_batch(np.zeros((8, 4)), np.zeros((8, 1)))
print(loss[0])
```

## Read instead

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
loss = model.train_on_batch(np.zeros((8, 4)), np.zeros((8, 1)))
print(loss)
```

## Known limits

Only lines that are reached in the run are seen.
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
    return mended(evidence, "unsubscriptable-loss", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    names = [f"`{name}`" for name in evidence["names"]]
    if len(names) == 1:
        what = f"{names[0]} is one number and cannot be indexed: the model is compiled without metrics."
    else:
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        what = f"{listed} are one number each and cannot be indexed: the models are compiled without metrics."
    return f"{what} Leave the index out, or compile with `metrics`."
