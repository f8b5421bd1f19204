"""The text names an optimizer that the code does not use.

## What it finds

A sentence that says the training is done with the Adam, RMSprop, SGD or another optimizer, in an article
whose models are compiled, and whose code never names that one.

## Why it is wrong

Optimizers differ in how large their steps are and in the learning rate that suits them. A reader who
follows the text gets other results than the article shows.

## Example

~~~~markdown
The model is trained with the RMSprop optimizer.

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(32, 4))
y = np.arange(32).reshape(-1, 1) % 2
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```
~~~~

## Read instead

~~~~markdown
The model is trained with the Adam optimizer.

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(32, 4))
y = np.arange(32).reshape(-1, 1) % 2
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```
~~~~

## Known limits

Sentences that speak of what could be done are left alone. `SGD` is only taken at its short name, since Adam
is a kind of stochastic gradient descent too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._prose import asserted, code_text, quoted, sentences

SEVERITY = Severity.WARNING
NEEDS = "trace"

_CLAIM = re.compile(
    r"\b(?:with|using|uses?|by) (?:the |an? )?(AdamW|Adamax|Adam|RMSprop|SGD|Adagrad|Adadelta|Nadam) "
    r"optimi[sz]er\b",
    re.IGNORECASE,
)


def find(evidence: Evidence) -> Iterator[Match]:
    used = {event.optimizer for event in evidence.compiles if event.optimizer is not None}
    # "adam" as a string and Adam as a class are found alike; so is a name inside another, such as AdamW.
    code = code_text(evidence)
    if not used:
        return
    for sentence in sentences(evidence):
        claim = _CLAIM.search(sentence.text) if asserted(sentence) else None
        if claim is None or claim[1].lower() in code or claim[1].lower() in {name.lower() for name in used}:
            continue
        names = " and ".join(sorted(used))
        message = (
            f"The text says {quoted(claim)}, but what the models are compiled with is {names}: correct one "
            "of the two."
        )
        line, end = sentence.lines_of(claim)
        found = {"text": sentence.text, "optimizers": sorted(used)}
        yield Match(line, message, end_line=end, evidence=found)
