"""The text names a loss that the code does not use.

## What it finds

A sentence that says the loss is binary or categorical cross-entropy or the mean squared error, in an article
whose models are all compiled with other losses of Keras's, and whose code never names that one.

## Why it is wrong

The loss decides what is learned and what its numbers mean. A reader who compares them with another article's
compares two different things.

## Example

~~~~markdown
The model is trained with the binary cross-entropy loss.

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(32, 4))
model = Sequential([Input((4,)), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, x.sum(axis=1), verbose=0)
```
~~~~

## Read instead

~~~~markdown
The model is trained with the mean squared error as its loss.

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(32, 4))
model = Sequential([Input((4,)), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, x.sum(axis=1), verbose=0)
```
~~~~

## Known limits

Sentences that speak of what could be done are left alone, and programs with a loss of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._prose import asserted, code_text, quoted, sentences

SEVERITY = Severity.WARNING
NEEDS = "trace"

# What the text says -> Keras's name, and what a program that means it would contain.
_LOSSES = {
    r"binary cross[- ]?entropy": ("binary_crossentropy", ("binary", "bce", "sigmoid_cross")),
    r"(?<!sparse )categorical cross[- ]?entropy": (
        "categorical_crossentropy",
        ("categorical", "softmax_cross"),
    ),
    r"mean[- ]squared[- ]error": ("mean_squared_error", ("mse", "squared", "square(", "** 2")),
}
_USES = re.compile(
    r"\b(train|compil|minimi[sz]|optimi[sz])\w*\b[^.]*\b(with|using|by|as)\b"
    r"|\bloss (function )?(is|we use)\b",
    re.IGNORECASE,
)


def find(evidence: Evidence) -> Iterator[Match]:
    used = {loss for event in evidence.compiles for loss in event.losses}
    known = {"binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"}
    known |= {"mean_squared_error", "mean_absolute_error"}
    if not used or not used <= known:
        return
    code = code_text(evidence)
    for sentence in sentences(evidence):
        if "loss" not in sentence.text.lower() or not _USES.search(sentence.text) or not asserted(sentence):
            continue
        for pattern, (name, words) in _LOSSES.items():
            claim = re.search(pattern, sentence.text, re.IGNORECASE)
            if claim and name not in used and not any(word in code for word in words):
                names = " and ".join(sorted(used))
                message = (
                    f"The text says {quoted(claim)}, but what the models are compiled with is {names}: "
                    "correct one of the two."
                )
                line, end = sentence.lines_of(claim)
                found = {"text": sentence.text, "losses": sorted(used)}
                yield Match(line, message, end_line=end, evidence=found)
