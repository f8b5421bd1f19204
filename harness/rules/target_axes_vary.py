"""A model is given targets of one number of axes in one training call, and of another in the next.

## What it finds

`train_on_batch` that failed because the targets have another number of axes than in an earlier call of the
same model: labels of shape `(64,)` from a data set beside drawn ones of shape `(64, 1)`.

## Why it is wrong

Keras compiles one training step for a model and makes it more general for each kind of batch that it meets.
For targets of different numbers of axes the general case is an array of unknown axes, which the losses
refuse. Each of the calls is right by itself, and the second fails.

## Example

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
x, labels = np.zeros((8, 4)), np.arange(8) % 3
drawn = np.random.randint(0, 3, (8, 1))
model.train_on_batch(x, labels)
model.train_on_batch(x, drawn)
```

## Read instead

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
x, labels = np.zeros((8, 4)), np.arange(8) % 3
drawn = np.random.randint(0, 3, 8)
model.train_on_batch(x, labels)
model.train_on_batch(x, drawn)
```

## Known limits

Only where the call failed by it. Which of the two shapes was meant is not known: the later call is marked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Fault, Severity
from harness.rules._data_places import argument
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        failed = _failed(evidence, fault)
        before = None if failed is None else _other_axes(evidence, failed)
        if failed is None or before is None:
            continue
        earlier, place = before
        shapes = [_shown(call.targets[place].shape) for call in (failed, earlier)]
        message = (
            f"{_name(evidence, failed, place)} of shape {shapes[0]}, and line {earlier.line} gave "
            f"`{evidence.name_of(failed.model or 0)}` targets of shape {shapes[1]}: Keras compiles one step "
            "for both, which refuses a changing number of axes. Bring the two to one shape, with `reshape`."
        )
        found = {"model": failed.model, "targets": shapes[0], "before": shapes[1]}
        yield Match(fault.line or 1, message, end_line=fault.end_line, evidence=found, explains=(fault.seq,))


def _failed(evidence: Evidence, fault: Fault) -> Call | None:
    """The training call that raised a fault about axes that are not known."""
    if "unknown rank" not in fault.message or fault.line is None:
        return None
    return next(
        (c for c in evidence.training if c.error and fault.spans(c.line) and c.model is not None), None
    )


def _other_axes(evidence: Evidence, failed: Call) -> tuple[Call, int] | None:
    """An earlier call of the same model, and the place of targets that had another number of axes there."""
    for call in evidence.training:
        alike = call.model == failed.model and call.error is None and call.seq < failed.seq
        if not alike or call.line is None or len(call.targets) != len(failed.targets):
            continue
        for place, (one, other) in enumerate(zip(call.targets, failed.targets, strict=True)):
            if len(one.shape) != len(other.shape):
                return call, place
    return None


def _name(evidence: Evidence, call: Call, place: int) -> str:
    """The targets by their name, where they have one: "`drawn` is"."""
    given = argument(evidence, call, 1)
    if isinstance(given, ast.List | ast.Tuple):
        given = given.elts[place] if len(given.elts) > place else None
    return f"`{ast.unparse(given)}` is" if isinstance(given, ast.Name | ast.Subscript) else "The targets are"


def _shown(shape: tuple[int, ...]) -> str:
    inner = ", ".join(str(size) for size in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
