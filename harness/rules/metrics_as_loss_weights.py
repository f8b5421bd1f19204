"""The metrics of `compile` stand where Keras 3 takes the weights of the losses.

## What it finds

`compile(optimizer, loss, ['accuracy'])`, whose third argument is not named and holds metrics or names of
metrics, where training then failed on what it was to multiply a loss with.

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

Of several calls of `compile` with such an argument, each is named once one of them has failed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.knowledge.refusals import NAMES_AS_LOSS_WEIGHTS, OBJECTS_AS_LOSS_WEIGHTS
from harness.model import Fix, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_PLACE = 2  # of the parameter
_RAISING = ("ValueError", "TypeError")


def find(evidence: Evidence) -> Iterator[Match]:
    faults = [fault for fault in evidence.faults if fault.type in _RAISING]
    named = [fault for fault in faults if NAMES_AS_LOSS_WEIGHTS.search(fault.message)]
    objects = [fault for fault in faults if OBJECTS_AS_LOSS_WEIGHTS.search(fault.message)]
    if not named and not objects:
        return
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "compile" or len(node.args) <= _PLACE:
            continue
        metrics = node.args[_PLACE]
        causes = named if _any_text(metrics) else objects
        if not causes or not _may_be_metrics(metrics):
            continue
        text = ast.get_source_segment(evidence.listing.text, metrics) or ast.unparse(metrics)
        yield Match(
            metrics.lineno,
            "The third argument of `compile` is `loss_weights` since Keras 3.0; it was `metrics` before. "
            f"Name it: `metrics={text}`.",
            end_line=metrics.end_lineno,
            fix=Fix(text, f"metrics={text}") if "\n" not in text else None,
            explains=tuple(fault.seq for fault in causes),
        )


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Dict):
        return node.values
    return node.elts if isinstance(node, ast.List | ast.Tuple) else [node]


def _any_text(node: ast.expr) -> bool:
    return any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in _parts(node))


def _may_be_metrics(node: ast.expr) -> bool:
    """Whether each of several is a name in quotes, or made or named somewhere: no number is."""
    return all(
        isinstance(one.value, str)
        if isinstance(one, ast.Constant)
        else isinstance(one, ast.Call | ast.Name | ast.Attribute)
        for one in _parts(node)
    )
