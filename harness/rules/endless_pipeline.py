"""A pipeline that repeats without end is trained on, and nothing says how long an epoch is.

## What it finds

`fit` on a `tf.data` pipeline with `.repeat()` (or validated on one) without `steps_per_epoch` (or
`validation_steps`).

## Why it is wrong

An epoch ends with the data. These never end, so that the first epoch goes on for ever: no validation, no
callback at its end, and no statement behind `fit` is ever reached. `fit` goes through the data anew in every
epoch by itself: leave out `.repeat()`, or give the number of batches.

## Example

```python
import keras
import numpy as np
import tensorflow as tf

x = np.random.normal(size=(64, 4)).astype("float32")
y = x.sum(axis=1, keepdims=True)
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(64).repeat().batch(16)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(data, epochs=2, verbose=0)
```

## Read instead

```python
import keras
import numpy as np
import tensorflow as tf

x = np.random.normal(size=(64, 4)).astype("float32")
y = x.sum(axis=1, keepdims=True)
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(64).repeat().batch(16)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(data, epochs=2, steps_per_epoch=4, verbose=0)
```

## Known limits

Pipelines whose length TensorFlow does not know, such as those made of a Python generator, are left alone, and
so are trainings that a callback of the article ended before the review did.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"

_STEPS = {"x": "steps_per_epoch", "validation_data": "validation_steps"}


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for call in evidence.training:
        if call.endless not in _STEPS or not call.cut or call.line is None or call.line in told:
            continue
        told.add(call.line)
        what, passed = ("training", "epoch") if call.endless == "x" else ("validation", "validation")
        message = (
            f"The pipeline of the {what} data repeats without end, and `fit` is not told how many batches to "
            f"take: its first {passed} never ends. Give `{_STEPS[call.endless]}`, or leave out `.repeat()`."
        )
        yield Match(call.line, message, evidence={"model": call.model, "argument": call.endless})
