"""A model is fed an array of another shape than its input has.

## What it finds

Calls that failed because the array's rows are not shaped like the model's input. Where the numbers of a
row are as many as the input takes, a reshape is suggested, and the run goes on with it.

## Why it is wrong

Keras refuses the array.

## Example

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
images = np.zeros((8, 784))
model.train_on_batch(images, np.zeros((8, 1)))
```

## Read instead

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
images = np.zeros((8, 28, 28))
model.train_on_batch(images, np.zeros((8, 1)))
```

## Known limits

Where the shapes hold different numbers, the model or the data must change, and nothing is suggested. A
generator whose output does not fit the discriminator has a rule of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.model import Call, Fault, Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import mended

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("data-shape-differs-from-model", "generator-shape-differs-from-real", "generator-input-not-noise")

_SHAPES = re.compile(r"Expected shape \(([^)]*)\), but input has incompatible shape \(([^)]*)\)")
_LAST = re.compile(
    r"expected axis -1 of input shape to have value (\d+), but received input with shape \(([^)]*)\)"
)
_RANK = re.compile(r"expected (?:min_)?ndim=(\d+), found ndim=(\d+)\. Full shape received: \(([^)]*)\)")


_FIXED = re.compile(r"incompatible with the layer: expected shape=\(([^)]*)\), found shape=\(([^)]*)\)")


def find(evidence: Evidence) -> Iterator[Match]:
    yield from mended(evidence, "input-shape-mismatch", _mended_message)
    for fault in evidence.faults:
        words = None if fault.repaired else _words(evidence, fault)
        if words is not None and fault.line is not None:
            call = _call(evidence, fault)
            details = {} if call is None else {"model": call.model, "fed": list(call.inputs[0].shape)}
            yield Match(fault.line, words, end_line=fault.end_line, evidence=details, explains=(fault.seq,))


def _mended_message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    wanted, got = _row(evidence["expected"]), _row(evidence["received"])
    return f"`{evidence['argument']}` has rows of shape {got}, but the model takes {wanted}."


def _row(numbers: list[int | None]) -> str:
    inner = ", ".join(str(number) for number in numbers)
    return f"({inner},)" if len(numbers) == 1 else f"({inner})"


def _words(evidence: Evidence, fault: Fault) -> str | None:
    found = _SHAPES.search(fault.message) or _FIXED.search(fault.message)
    if found:
        return f"An array of shape ({found[2]}) is fed to a model that takes ({found[1]})."
    found = _LAST.search(fault.message)
    if found:
        return f"An array of shape ({found[2]}) is fed to a layer that takes {found[1]} in its last axis."
    found = _RANK.search(fault.message)
    if found:
        return f"An array of shape ({found[3]}) is fed to a layer that takes {found[1]} axes."
    call = _call(evidence, fault)
    seen = evidence.models.get(call.model) if call is not None and call.model is not None else None
    if call is None or seen is None or "unknown rank" not in fault.message:
        return None
    return f"An array of shape {call.inputs[0].shape} is fed to a model that takes {seen.input_shapes[0]}."


def _call(evidence: Evidence, fault: Fault) -> Call | None:
    """The observed call that raised this fault."""
    if fault.line is None:
        return None
    for call in evidence.calls:
        inside = call.line is not None and fault.line <= call.line <= fault.end_line
        if inside and call.error is not None and call.inputs:
            return call
    return None
