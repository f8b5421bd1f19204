"""A training history is read under a name that it does not use.

## What it finds

`history.history["acc"]` where the key is `"accuracy"`, `"mean_absolute_error"` where it is `"mae"`, or the
other way round, where the lookup failed.

## Why it is wrong

The key is the name that was given to `compile(metrics=...)`. Since Keras 2.3 `"accuracy"` is no longer
shortened to `"acc"`, nor `"mae"` written out, and the lookup raises `KeyError`.

## Example

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="sgd", metrics=["accuracy"])
history = model.fit(np.zeros((8, 4)), np.zeros((8, 1)), verbose=0)
print(history.history["acc"])
```

## Read instead

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="sgd", metrics=["accuracy"])
history = model.fit(np.zeros((8, 4)), np.zeros((8, 1)), verbose=0)
print(history.history["accuracy"])
```

## Known limits

Only the accuracy and the usual errors of regression are known by their older names.
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
    return mended(evidence, "renamed-history-key", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    return f"The history has no `{evidence['key']}`: the key is `{evidence['replacement']}`."
