"""A float64 array meets float32 numbers in a TensorFlow function.

## What it finds

Calls that failed because NumPy's default float64 (`np.ones`, `np.zeros`, `np.random`) was handed to a
hand-written loss, or to a TensorFlow function, together with float32 predictions.

## Why it is wrong

TensorFlow converts no types by itself. Inside `fit` and `train_on_batch` Keras converts the targets; a
loss that is called by hand has nobody who does.

## Example

```python
import numpy as np
import tensorflow as tf

def loss(y_true, y_pred):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(y_true, y_pred))

print(loss(np.ones((4, 1)), tf.zeros((4, 1))))
```

## Read instead

```python
import numpy as np
import tensorflow as tf

def loss(y_true, y_pred):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(y_true, y_pred))

print(loss(np.ones((4, 1), dtype="float32"), tf.zeros((4, 1))))
```

## Known limits

The line is that of the outermost call of the article; which of its arguments is float64 is known where
the loss names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import Fix, Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"

_MIXED = re.compile(r"was expected to be a (float|double|half) tensor but is a (float|double|half) tensor")
_FILLED = re.compile(r"np\.(?:ones|zeros)\((?:\([^()]*\)|[^(),]*)\)")


def find(evidence: Evidence) -> Iterator[Match]:
    arguments = {repair.fault: repair.evidence.get("argument") for repair in evidence.repairs}
    for fault in evidence.faults:
        found = _MIXED.search(fault.message)
        if found is None or "double" not in found.groups() or fault.line is None:
            continue
        outer = fault.lines[0] if fault.lines else fault.line
        argument = arguments.get(fault.seq)
        what = f"`{argument}` is float64" if argument else "A float64 array"
        place = f" on line {fault.line}" if fault.line != outer else ""
        verb = "and meets" if argument else "meets"
        yield Match(
            outer,
            f"{what} {verb} float32 numbers in a TensorFlow function{place}, which converts neither: make it "
            "float32.",
            end_line=fault.end_line if outer == fault.line else outer,
            evidence={"line": fault.line, "argument": argument},
            fix=_fix(evidence, outer),
            explains=(fault.seq,),
        )


def _fix(evidence: Evidence, line: int) -> Fix | None:
    """Where the line itself makes one array of NumPy's default type: that array, as float32."""
    arrays = _FILLED.findall(evidence.lines[line - 1]) if line <= len(evidence.lines) else []
    return Fix(arrays[0], f'{arrays[0][:-1]}, dtype="float32")') if len(arrays) == 1 else None
