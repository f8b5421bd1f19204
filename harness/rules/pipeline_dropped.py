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
from harness.rules._data_places import assignments, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "source"

_STEPS = frozenset(
    {"batch", "shuffle", "map", "repeat", "prefetch", "cache", "filter", "take", "skip", "unbatch"}
)
_MAKERS = frozenset({"from_tensor_slices", "from_generator", "from_tensors"})


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.Expr) or called(node.value) not in _STEPS:
            continue
        name = root_name(node.value)
        if name is None or not _is_pipeline(evidence, name):
            continue
        said = ast.unparse(node.value)
        message = (
            f"`{called(node.value)}` gives back a new pipeline, which is dropped here: `{name}` stays as it "
            f"was. Write `{name} = ...`."
        )
        printed = evidence.lines[node.lineno - 1].strip()
        fix = Fix(printed, f"{name} = {printed}") if printed == said else None
        # A model may fail on single examples behind it: that follows from here.
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"pipeline": name}, fix=fix)


def _is_pipeline(evidence: Evidence, name: str) -> bool:
    """Whether all that a variable is ever bound to is a pipeline, by the methods that make one."""
    bound = assignments(evidence, name)
    made = [{called(part) for part in ast.walk(assign.value)} & _MAKERS for assign in bound]
    again = [root_name(assign.value) == name for assign in bound]
    return bool(bound) and any(made) and all(one or other for one, other in zip(made, again, strict=True))
