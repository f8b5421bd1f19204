"""The text gives a number of training rounds that the code does not make.

## What it finds

A sentence that says the training takes a number of epochs, iterations or steps, in an article none
of whose loops or `epochs` arguments, nor any product of two nested ones, is that number.

## Why it is wrong

The reader cannot tell which of the two the results belong to.

## Example

~~~~markdown
We train the model for 500 epochs.

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(32, 4))
y = np.arange(32).reshape(-1, 1) % 2
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, epochs=5, verbose=0)
```
~~~~

## Read instead

~~~~markdown
We train the model for 5 epochs.

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(32, 4))
y = np.arange(32).reshape(-1, 1) % 2
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, epochs=5, verbose=0)
```
~~~~

## Known limits

Programs with loops or epochs whose length is not a plain number, or that is held in a variable, are
compared by all the numbers that their text contains.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import combinations

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import training_sites
from harness.rules._prose import sentences

SEVERITY = Severity.WARNING
NEEDS = "source"

_CLAIM = re.compile(
    r"\btrain(?:ed|ing|s)?\b[^.]{0,60}\bfor (\d[\d,]*\d|\d) (epochs|iterations|steps|batches)\b",
    re.IGNORECASE,
)


def find(evidence: Evidence) -> Iterator[Match]:
    if not training_sites(evidence):
        return
    numbers = {
        node.value
        for node in evidence.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, int)
    }
    made = numbers | {a * b for a, b in combinations(sorted(numbers), 2)}
    for sentence in sentences(evidence):
        for claim in _CLAIM.finditer(sentence.text):
            if int(claim[1].replace(",", "")) not in made:
                message = (
                    f"The text says {sentence.quoted}, but nothing in the code is repeated {claim[1]} times."
                )
                yield Match(sentence.line, message, evidence={"text": sentence.text, "claimed": claim[1]})
