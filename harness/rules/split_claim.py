"""The text divides the data otherwise than the code does.

## What it finds

A sentence that gives the number of training and of test examples, where the built-in data set that is
loaded has other numbers, and neither the code nor the run knows the ones of the text.

## Why it is wrong

Whether a result is good depends on how many examples it was learned from and measured on.

## Example

~~~~markdown
There are 50,000 training images and 5,000 test images.

```python
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x, y), (x_test, y_test) = mnist.load_data()
model = Sequential([Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x[:64] / 255, y[:64], verbose=0)
```
~~~~

## Read instead

~~~~markdown
There are 60,000 training images and 10,000 test images.

```python
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x, y), (x_test, y_test) = mnist.load_data()
model = Sequential([Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x[:64] / 255, y[:64], verbose=0)
```
~~~~

## Known limits

Only data sets whose documented shapes are known, and only both numbers in one sentence.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import DataLoaded, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._prose import asserted, quoted, sentences

SEVERITY = Severity.NOTE
NEEDS = "trace"

_NUMBER = r"(\d{1,3}(?:,\d{3})+|\d{3,})"
_CLAIM = re.compile(
    rf"\b{_NUMBER} (?:images? )?(?:for )?train\w*\b[^.;]{{0,40}}?"
    rf"\b{_NUMBER} (?:images? )?(?:for )?(?:test|validation)\w*",
    re.IGNORECASE,
)


def find(evidence: Evidence) -> Iterator[Match]:
    loaded = {shape[0] for event in evidence.of(DataLoaded) for shape in event.shapes if shape}
    if not loaded:
        return
    known = {*loaded, *_rows(evidence)}
    for sentence in sentences(evidence):
        claim = _CLAIM.search(sentence.text) if asserted(sentence) else None
        numbers = [int(text.replace(",", "")) for text in claim.groups()] if claim else []
        if claim is None or set(numbers) & known:
            continue
        has = " and ".join(f"{count:,}" for count in sorted(loaded, reverse=True))
        message = (
            f"The text says {quoted(claim)}, but the data set that is loaded has {has} examples: "
            "correct one of the two."
        )
        found = {"text": sentence.text, "claimed": numbers, "loaded": sorted(loaded)}
        line, end = sentence.lines_of(claim)
        yield Match(line, message, end_line=end, evidence=found)


def _rows(evidence: Evidence) -> set[int]:
    """Numbers of rows that the run fed, and all whole numbers of the code."""
    fed = {array.shape[0] for call in evidence.calls for array in call.inputs if array.shape}
    written = {n.value for n in evidence.nodes if isinstance(n, ast.Constant) and isinstance(n.value, int)}
    return fed | written
