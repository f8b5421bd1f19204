"""A model is given Python lists of numbers where it takes arrays.

## What it finds

`fit`, `train_on_batch`, `evaluate` or `predict` on lists of numbers: `model.predict([10.0])`, labels that
were appended to a list, or `[1] * n + [0] * n`.

## Why it is wrong

Keras 3 takes NumPy arrays, tensors and data sets; a list stands for several inputs or outputs, one array
each. It raises `ValueError: Unrecognized data type`, and names `x` there even where only the labels are a
list. Keras 2 took lists of numbers as well.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.arange(6, dtype="float32").reshape(-1, 1)
y = [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]
model = Sequential([Input((1,)), layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.arange(6, dtype="float32").reshape(-1, 1)
y = np.array([1.0, 3.0, 5.0, 7.0, 9.0, 11.0])
model = Sequential([Input((1,)), layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
model.fit(x, y, verbose=0)
```

## Known limits

Only lists whose numbers stand in the call, or in a variable that it names, are told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.model import Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import mended

SEVERITY = Severity.ERROR
NEEDS = "trace"

_LONG = 40


def find(evidence: Evidence) -> Iterator[Match]:
    return mended(evidence, "list-instead-of-array", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    named = [f"`{one if len(one) <= _LONG else one[:_LONG] + '...'}`" for one in evidence["lists"]]
    what = f"{named[0]} is a list" if len(named) == 1 else f"{' and '.join(named)} are lists"
    return (
        f"{what} of numbers; `{evidence['method']}` takes arrays since Keras 3.0. "
        f"Make {'it one' if len(named) == 1 else 'arrays of them'} with `np.array(...)`."
    )
