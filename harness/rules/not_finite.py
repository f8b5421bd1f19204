"""The training runs into numbers that are not finite.

## What it finds

A loss that is NaN or infinite, or a network fed with values that are not finite.

## Why it is wrong

Once a weight is NaN every output is, and no later update can mend it. The usual causes are a
logarithm or division of zero, a learning rate that is far too large, and data that hold NaN.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.ones((16, 4))
x[3, 1] = np.nan
model = Sequential([Input((4,)), layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
model.fit(x, np.ones((16, 1)), verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.ones((16, 4))
model = Sequential([Input((4,)), layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
model.fit(x, np.ones((16, 1)), verbose=0)
```

## Known limits

Only the updates that the run watched can show it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"


_FED = "It is fed values that are not finite: clean the data before (`np.isfinite`)."
_LOSS = "Its loss is not finite: look for a division or logarithm of 0, and try a lower learning rate."


def find(evidence: Evidence) -> Iterator[Match]:
    for call in evidence.training:
        if call.line is None or call.error is not None:
            continue
        fed = any(not array.finite for array in (*call.inputs, *call.targets))
        if fed or any(not math.isfinite(loss) for loss in call.losses):
            what = _FED if fed else _LOSS
            name = f" of `{evidence.name_of(call.model)}`" if call.model is not None else ""
            yield Match(call.line, f"This training{name} breaks down. {what}", evidence={"fed": fed})
            return
