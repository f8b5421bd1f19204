"""A model is given text where it takes numbers.

## What it finds

`fit`, `evaluate` or `train_on_batch` on labels that are words, such as the names of the classes, or on inputs
that are words, which failed.

## Why it is wrong

A loss computes with numbers, and Keras makes none of words: it ends with `Invalid dtype: str32`, or with a
message about a cast. Number the classes first, with scikit-learn's `LabelEncoder` or with
`np.unique(labels, return_inverse=True)`; turn text that is an input into numbers with `TextVectorization`.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
labels = np.where(x[:, 0] > 0, "setosa", "virginica")
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(2, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, labels, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
labels = np.where(x[:, 0] > 0, "setosa", "virginica")
names, numbers = np.unique(labels, return_inverse=True)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(2, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, numbers, verbose=0)
```

## Known limits

The line marked is the one that makes the array, where the text shows it; else the failing call. Text in a
pipeline or in the middle of a hand-written step is not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import ArraySummary, Call, Fault, Severity
from harness.rules._data_places import argument, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._made_at import made_at

SEVERITY = Severity.ERROR
NEEDS = "trace"

_TEXT = ("<U", "|S", "str", "string", "bytes")
_REFUSED = re.compile(r"Invalid dtype: (?:object|str)|Cast string to|Unsupported object type")
_NUMBERED = "number the classes first, with `LabelEncoder` or `np.unique(labels, return_inverse=True)`."
_CURES = {
    (0, True): "make numbers of it first, with `TextVectorization`, or number the categories.",
    (0, False): 'number what is text, then write `.astype("float32")`.',
    (1, True): _NUMBERED,
    (1, False): _NUMBERED,
}


def find(evidence: Evidence) -> Iterator[Match]:
    told: dict[tuple[int, int], tuple[str, list[int], Call]] = {}
    for call in evidence.calls:
        fault = _fault(evidence, call)
        if fault is None or call.line is None:
            continue
        for position, arrays in ((0, call.inputs), (1, call.targets)):
            kinds = {_kind(array, fault) for array in arrays} - {None}
            if not kinds:
                continue
            node = argument(evidence, call, position)
            name, line = root_name(node), made_at(evidence, node, call.line)
            message = _message(name, position, call, text="text" in kinds)
            told.setdefault((line, position), (message, [], call))[1].append(fault.seq)
            break
    for (line, _), (message, faults, call) in told.items():
        yield Match(line, message, evidence={"model": call.model}, explains=tuple(faults))


def _message(name: str | None, position: int, call: Call, *, text: bool) -> str:
    what, named = ("inputs", "labels")[position], f" (`{name}`)" if name else ""
    are = "are text" if text else "are held as Python objects, as text is"
    return (
        f"The {what}{named} that `{call.api}` is given in line {call.line} {are}, and a model takes numbers: "
        f"{_CURES[position, text]}"
    )


def _fault(evidence: Evidence, call: Call) -> Fault | None:
    """What a failed call ended with."""
    for fault in evidence.faults:
        if call.error is not None and fault.spans(call.line):
            return fault
    return None


def _kind(array: ArraySummary, fault: Fault) -> str | None:
    """Whether an array is text, or may be: one of Python objects, where that is what the call failed for."""
    if array.dtype.startswith(_TEXT):
        return "text"
    return "objects" if array.dtype == "object" and _REFUSED.search(fault.message) else None
