"""What `evaluate` gives back is unpacked into as many variables as it has not.

## What it finds

`loss, accuracy = model.evaluate(x, y)` and the like of a model that was compiled with other metrics than
that, at which Python stops.

## Why it is wrong

Without metrics, `evaluate` gives back one number, the loss. With metrics it gives back a list, the loss
first and then one number for each. Name the metrics in `compile`, or take what comes back as it is.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
model = Sequential([Input((4,)), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x[:48], y[:48], verbose=0)
loss, error = model.evaluate(x[48:], y[48:], verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
model = Sequential([Input((4,)), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam", metrics=["mae"])
model.fit(x[:48], y[:48], verbose=0)
loss, error = model.evaluate(x[48:], y[48:], verbose=0)
```

## Known limits

Only where the call stands in the statement that unpacks it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_SAID = re.compile(r"cannot unpack non-iterable (?:float|numpy)|(?:too many|not enough) values to unpack")


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        if not _SAID.search(fault.message) or fault.type not in {"TypeError", "ValueError"}:
            continue
        for node in evidence.nodes:
            if not isinstance(node, ast.Assign) or node.lineno != fault.line:
                continue
            if called(node.value) != "evaluate":
                continue
            target = node.targets[0]
            wanted = len(target.elts) if isinstance(target, ast.Tuple | ast.List) else 1
            single = fault.type == "TypeError"
            given = "one number, the loss" if single else "the loss and one number for each metric"
            named = "names no metrics" if single else "names others"
            message = (
                f"`evaluate` gives back {given}, and {wanted} are taken: `compile` {named}. Name there what "
                "is to be measured, or take what comes back as it is."
            )
            yield Match(node.lineno, message, node.end_lineno, {"taken": wanted}, explains=(fault.seq,))
            break
