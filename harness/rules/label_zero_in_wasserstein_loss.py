"""A Wasserstein loss that multiplies by the label is given the label 0.

## What it finds

A network that is trained with the mean of label times score, on a batch whose labels are all 0.

## Why it is wrong

Whatever the critic says of these examples, the loss is 0 and so is its gradient: the batch teaches nothing.
The labels 1 and 0 are those of a cross-entropy; this loss takes 1 for one kind of examples and -1 for the
other.

## Example

```python
import keras
import numpy as np
from keras import ops


def wasserstein_loss(y_true, y_pred):
    return ops.mean(y_true * y_pred)


class Clip(keras.constraints.Constraint):
    def __call__(self, w):
        return ops.clip(w, -0.01, 0.01)


critic = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(8, "relu", kernel_constraint=Clip()),
        keras.layers.Dense(1, kernel_constraint=Clip()),
    ]
)
critic.compile(loss=wasserstein_loss, optimizer="rmsprop")
for step in range(4):
    real, fake = np.random.normal(1, 1, (16, 2)), np.random.normal(-1, 1, (16, 2))
    critic.train_on_batch(real, np.ones((16, 1)))
    critic.train_on_batch(fake, np.zeros((16, 1)))
```

## Read instead

```python
import keras
import numpy as np
from keras import ops


def wasserstein_loss(y_true, y_pred):
    return ops.mean(y_true * y_pred)


class Clip(keras.constraints.Constraint):
    def __call__(self, w):
        return ops.clip(w, -0.01, 0.01)


critic = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(8, "relu", kernel_constraint=Clip()),
        keras.layers.Dense(1, kernel_constraint=Clip()),
    ]
)
critic.compile(loss=wasserstein_loss, optimizer="rmsprop")
for step in range(4):
    real, fake = np.random.normal(1, 1, (16, 2)), np.random.normal(-1, 1, (16, 2))
    critic.train_on_batch(real, np.ones((16, 1)))
    critic.train_on_batch(fake, -np.ones((16, 1)))
```

## Known limits

Only compiled losses that are the plain mean of a product. Batches that hold both labels are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._wasserstein import loss_functions

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    products = loss_functions(evidence)
    told: set[int] = set()
    for call in evidence.training:
        loss = next((name for name in _of_zeros(evidence, call) if name in products), None)
        if loss is None or call.line is None or call.line in told:
            continue
        told.add(call.line)
        message = (
            f"All labels here are 0, by which `{loss}` (line {products[loss]}) multiplies what "
            f"`{evidence.name_of(call.model or 0)}` says: the loss is 0 and teaches nothing. Use 1 for one "
            "kind of examples and -1 for the other."
        )
        yield Match(call.line, message, evidence={"model": call.model, "loss_at": products[loss]})


def _of_zeros(evidence: Evidence, call: Call) -> Iterator[str]:
    """The losses of the outputs for which a call gives nothing but zeros."""
    if call.model is None or call.error is not None:
        return
    compiled = [one for one in evidence.compiled(call.model) if one.seq < call.seq]
    losses = compiled[-1].losses if compiled else ()
    if len(losses) == len(call.targets):
        yield from (
            loss for loss, target in zip(losses, call.targets, strict=True) if target.distinct == (0.0,)
        )
