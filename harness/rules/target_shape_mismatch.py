"""The targets do not have the shape of the model's output.

## What it finds

Training calls that failed because the loss was given targets and predictions of different shapes: labels
that are not one-hot for a categorical loss, ten classes for three units, one label an image for a model
that gives back images.

## Why it is wrong

The loss compares number with number. Where the shapes differ Keras raises `ValueError`.

## Example

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer="sgd")
model.fit(np.zeros((8, 4)), np.zeros((8,)), verbose=0)
```

## Read instead

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
model.fit(np.zeros((8, 4)), np.zeros((8,)), verbose=0)
```

## Known limits

Shapes that NumPy would broadcast pass without an exception in some losses, and are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("generator-trained-alone",)

_SHAPES = re.compile(
    r"`target` and `output` must have the same (?:shape|rank \(ndim\))\. "
    r"Received: target\.shape=\(([^)]*)\), output\.shape=\(([^)]*)\)"
)
_ONE_HOT = re.compile(
    r"must have rank \(ndim\) `target\.ndim - 1`\. "
    r"Received: target\.shape=\(([^)]*)\), output\.shape=\(([^)]*)\)"
)
_IN_LOSS = re.compile(r"compile_loss/.*with input shapes: \[([^\]]*)\], \[([^\]]*)\]", re.DOTALL)


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for fault in evidence.faults:
        one_hot = _ONE_HOT.search(fault.message)
        found = _SHAPES.search(fault.message) or one_hot or _IN_LOSS.search(fault.message)
        if found is None or fault.line is None or fault.seq in told:
            continue
        # The same targets fail in the evaluation as well: that is the same mistake.
        alike = [other.seq for other in evidence.faults if other.message == fault.message]
        told.update(alike)
        model = next(
            (
                call.model
                for call in evidence.calls
                if call.error and call.line is not None and fault.line <= call.line <= fault.end_line
            ),
            None,
        )
        message = (
            f"The targets have the shape ({_clean(found[1])}), but the model gives ({_clean(found[2])})."
        )
        if one_hot:
            message = (
                f"The targets have the shape ({_clean(found[1])}), one number per class, but a sparse loss "
                "takes the number of the class: use categorical cross-entropy, or plain numbers."
            )
        yield Match(
            fault.line,
            message,
            end_line=fault.end_line,
            evidence={"targets": _clean(found[1]), "outputs": _clean(found[2]), "model": model},
            explains=tuple(alike),
        )


def _clean(shape: str) -> str:
    """TensorFlow writes ``?`` where Keras writes None."""
    numbers = [number.strip().replace("?", "None") for number in shape.split(",") if number.strip()]
    return ", ".join(numbers) + ("," if len(numbers) == 1 else "")
