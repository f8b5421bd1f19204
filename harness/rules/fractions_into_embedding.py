"""An embedding is fed numbers between 0 and 1.

## What it finds

A model that begins with an `Embedding` and is trained on fractions from 0 to 1, such as random numbers or
data that were scaled.

## Why it is wrong

An embedding looks up a row of its table by its number, and fractions are cut to whole numbers first: every
value becomes 0, all inputs are the same to the network, and it can learn nothing of them. Feed word numbers,
or leave the embedding out where the inputs are measurements.

## Example

```python
import numpy as np
from keras import Sequential, layers

x = np.random.random((64, 5))
y = np.random.randint(2, size=(64, 1))
model = Sequential([layers.Embedding(100, 8), layers.LSTM(4), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Sequential, layers

x = np.random.randint(100, size=(64, 5))
y = np.random.randint(2, size=(64, 1))
model = Sequential([layers.Embedding(100, 8), layers.LSTM(4), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Only models with one input are judged, which give it whole to the embedding, and inputs of more than ten
different values, none above 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import ArraySummary, Severity
from harness.rules._embeddings import given_whole
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for call in evidence.training:
        if call.model is None or call.line is None or call.model in told or len(call.inputs) != 1:
            continue
        seen = evidence.models.get(call.model)
        layers = [layer for layer in seen.layers if layer.kind != "InputLayer"] if seen else []
        if seen is None or not layers or layers[0].kind != "Embedding" or not given_whole(seen):
            continue
        if _fractions(call.inputs[0]):
            told.add(call.model)
            yield Match(
                call.line,
                f"`{evidence.name_of(call.model)}` begins with an embedding and is fed fractions from 0 to "
                "1: all of them are cut to 0. Feed it the whole numbers, unscaled.",
                evidence={"model": call.model, "range": [call.inputs[0].low, call.inputs[0].high]},
            )


def _fractions(array: ArraySummary) -> bool:
    """More than ten different values between 0 and 1; of whole numbers there are two."""
    return (
        array.dtype.startswith("float")
        and array.distinct is None
        and array.low is not None
        and array.high is not None
        and array.low >= 0
        and array.high <= 1
    )
