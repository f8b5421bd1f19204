"""A data pipeline is cut into batches of batches.

## What it finds

A model that is fed arrays with one axis too many, by a `tf.data` pipeline that calls `batch` twice.

## Why it is wrong

The second `batch` does not change the size of the batches: it stacks them. A model that takes rows is given
blocks of rows, and refuses them. Leave one of the two out.

## Example

```python
import keras
import numpy as np
import tensorflow as tf

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
data = data.shuffle(8).batch(8)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(data, verbose=0)
```

## Read instead

```python
import keras
import numpy as np
import tensorflow as tf

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
data = tf.data.Dataset.from_tensor_slices((x, y))
data = data.shuffle(64).batch(8)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(data, verbose=0)
```

## Known limits

Only where the model refuses what it is fed. Sequences that are cut by a first `batch`, turned into pairs by
`map` and gathered by a second one are as they should be.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._data_places import argument
from harness.rules._evidence import Evidence, Match
from harness.rules._pipelines import line_of, steps_to
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_TURNING = {"map", "unbatch", "flat_map", "interleave", "window"}


def find(evidence: Evidence) -> Iterator[Match]:
    told = set[int]()
    for call in evidence.calls:
        second = _second(evidence, call) if _one_axis_more(evidence, call) else None
        if second is None or line_of(second) in told:
            continue
        told.add(line_of(second))
        failed = tuple(fault.seq for fault in evidence.faults if fault.line == call.line)
        message = (
            "What goes into this `batch` has been cut into batches before: it stacks them, and "
            f"`{evidence.name_of(call.model or 0)}` (line {call.line}) is fed blocks of rows. "
            "Leave one of the two out."
        )
        yield Match(line_of(second), message, evidence={"model": call.model}, explains=failed)


def _one_axis_more(evidence: Evidence, call: Call) -> bool:
    seen = evidence.models.get(call.model) if call.model is not None else None
    if call.error is None or seen is None or len(seen.input_shapes) != 1 or len(call.inputs) != 1:
        return False
    return len(call.inputs[0].shape) == len(seen.input_shapes[0]) + 1


def _second(evidence: Evidence, call: Call) -> ast.Call | None:
    """The second of two steps that batch, with nothing between them that takes batches apart."""
    before = False
    for step in steps_to(evidence, argument(evidence, call, 0)):
        if called(step) in {"batch", "padded_batch"}:
            if before:
                return step
            before = True
        elif called(step) in _TURNING:
            before = False
    return None
