"""A data pipeline is handed to a model one example at a time.

## What it finds

A `tf.data.Dataset` made of the rows of arrays that is given to `fit`, `evaluate` or `predict` with no `batch`
on its way, and whose examples have the shape that the model takes without its batch axis.

## Why it is wrong

A model takes batches. `from_tensor_slices` gives single examples, and Keras's `batch_size` is for arrays: the
first axis of an example is taken for the batch, and the call fails over the shape of the rest.

## Example

```python
import numpy as np
import tensorflow as tf
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4)).astype("float32")
y = (x[:, :1] > 0).astype("float32")
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(64)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(data, verbose=0)
```

## Read instead

```python
import numpy as np
import tensorflow as tf
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4)).astype("float32")
y = (x[:, :1] > 0).astype("float32")
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(64).batch(32)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(data, verbose=0)
```

## Known limits

The pipeline must be a variable whose making the text shows. What a model takes without complaint is left
alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._data_places import argument
from harness.rules._evidence import Evidence, Match
from harness.rules._pipelines import made_of
from harness.rules._players import shape_text
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("pipeline-dropped",)

_BATCHING = {"batch", "padded_batch", "ragged_batch", "bucket_by_sequence_length", "window"}


def find(evidence: Evidence) -> Iterator[Match]:
    told: dict[str, list[Call]] = {}
    for call in evidence.calls:
        given = argument(evidence, call, 0) if call.error is not None and call.line is not None else None
        if isinstance(given, ast.Name) and _single(evidence, call):
            told.setdefault(given.id, []).append(call)
    for name, calls in told.items():
        steps = made_of(evidence, name)
        if not steps or any(called(n) in _BATCHING for step in steps for n in ast.walk(step.value)):
            continue
        lines = {call.line for call in calls}
        failed = [f.seq for f in evidence.faults if f.line in lines]
        model = evidence.name_of(calls[0].model or 0)
        message = (
            f"`{name}` gives one example at a time, of the shape {shape_text(calls[0].inputs[0].shape)}, and "
            f"`{model}` (line {calls[0].line}) takes batches: put `.batch(32)` at its end."
        )
        yield Match(
            steps[-1].lineno,
            message,
            end_line=steps[-1].end_lineno,
            evidence={"model": calls[0].model},
            explains=tuple(failed),
        )


def _single(evidence: Evidence, call: Call) -> bool:
    """Whether a model was fed arrays of the shape of one example."""
    seen = evidence.models.get(call.model) if call.model is not None else None
    if seen is None or len(seen.input_shapes) != 1 or len(call.inputs) != 1:
        return False
    fed, taken = call.inputs[0].shape, seen.input_shapes[0][1:]
    return len(fed) == len(taken) and all(
        size in {None, given} for given, size in zip(fed, taken, strict=True)
    )
