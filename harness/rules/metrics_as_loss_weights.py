"""The metrics of `compile` stand where Keras 3 takes the weights of the losses.

## What it finds

`compile(optimizer, loss, ['accuracy'])`, whose third argument is not named and holds names of metrics, where
training then failed on the text that it was to multiply a loss with.

## Why it is wrong

The third parameter of `compile` was `metrics` in Keras 2 and is `loss_weights` in Keras 3. Nothing is said at
the line of `compile`; the first training step ends with a message about a dtype called string.

## Example

```python
import keras
import numpy as np

model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", ["mae"])
model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
```

## Read instead

```python
import keras
import numpy as np

model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
```

## Known limits

Metrics are known by their names in quotes only; objects in that place are not found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fault, Fix, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_PLACE = 2  # of the parameter
_SAYS = "dtype='string' is not a valid dtype"  # keras.src.backend.common.dtypes
_RAISING = ("ValueError", "TypeError")


def find(evidence: Evidence) -> Iterator[Match]:
    faults = [fault for fault in evidence.faults if _multiplies_text(fault)]
    if not faults:
        return
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "compile" or len(node.args) <= _PLACE:
            continue
        metrics = node.args[_PLACE]
        if not _names(metrics):
            continue
        text = ast.get_source_segment(evidence.listing.text, metrics) or ast.unparse(metrics)
        yield Match(
            metrics.lineno,
            "The third argument of `compile` is `loss_weights` since Keras 3.0; it was `metrics` before. "
            f"Name it: `metrics={text}`.",
            end_line=metrics.end_lineno,
            fix=Fix(text, f"metrics={text}") if "\n" not in text else None,
            explains=tuple(fault.seq for fault in faults),
        )


def _multiplies_text(fault: Fault) -> bool:
    return not fault.repaired and fault.type in _RAISING and _SAYS in fault.message


def _names(node: ast.expr) -> bool:
    parts = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    return bool(parts) and all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in parts)
