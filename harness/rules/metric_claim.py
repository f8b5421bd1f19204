"""The text says that the accuracy is reported, and the code computes none.

## What it finds

A sentence that speaks of logging, printing, tracking or reporting the accuracy, in an article whose
models are compiled without any metric and whose code never mentions accuracy.

## Why it is wrong

A reader looks for a number that is not there, or takes the printed loss for it.

## Example

~~~~markdown
We train the model, logging the accuracy.

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
We train the model and look at its loss.

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

Only accuracy is looked for, and only in these words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._prose import code_text, quoted, sentences

SEVERITY = Severity.WARNING
NEEDS = "trace"

_CLAIM = re.compile(
    r"\b(log(s|ging)?|print(s|ing)?|track(s|ing)?|report(s|ing)?|record(s|ing)?) (the|its|their|our) "
    r"(\w+ )?(and \w+ )?accuracy\b",
    re.IGNORECASE,
)


def find(evidence: Evidence) -> Iterator[Match]:
    if not evidence.compiles or any(event.metrics for event in evidence.compiles):
        return
    if "acc" in code_text(evidence):
        return
    for sentence in sentences(evidence):
        claim = _CLAIM.search(sentence.text)
        if claim is not None:
            message = (
                f"The text says {quoted(claim)}, but no model is compiled with a metric: correct one of "
                "the two."
            )
            line, end = sentence.lines_of(claim)
            yield Match(line, message, end_line=end, evidence={"text": sentence.text, "metrics": []})
            return
