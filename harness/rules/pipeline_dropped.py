"""A step of a data pipeline is made and dropped.

## What it finds

A statement that calls `batch`, `shuffle`, `map`, `repeat` or the like on a `tf.data.Dataset`, and does not
keep what comes back.

## Why it is wrong

These methods change nothing: each gives back a new pipeline. Dropped, the data stay as they were, neither
mixed nor in batches, and a model is fed one example in place of a batch. Write `data = data.batch(32)`.

## Example

```python
import numpy as np
import tensorflow as tf

x = np.random.normal(size=(64, 4)).astype("float32")
data = tf.data.Dataset.from_tensor_slices(x)
data.shuffle(64).batch(16)
for batch in data:
    print(batch.shape)
```

## Read instead

```python
import numpy as np
import tensorflow as tf

x = np.random.normal(size=(64, 4)).astype("float32")
data = tf.data.Dataset.from_tensor_slices(x)
data = data.shuffle(64).batch(16)
for batch in data:
    print(batch.shape)
```

## Known limits

Read from the text: the variable holds a pipeline that is made in the program by `tf.data.Dataset`, or by one
of its methods.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fix, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._pipelines import dropped_steps
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    for node, name in dropped_steps(evidence):
        said = ast.unparse(node.value)
        message = (
            f"`{called(node.value)}` gives back a new pipeline, which is dropped here: `{name}` stays as it "
            f"was. Write `{name} = ...`."
        )
        printed = evidence.lines[node.lineno - 1].strip()
        fix = Fix(printed, f"{name} = {printed}") if printed == said else None
        # A model may fail on single examples behind it: that follows from here.
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"pipeline": name}, fix=fix)
