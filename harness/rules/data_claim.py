"""The text says which data set is used, and the code never touches it.

## What it finds

A sentence that announces work with MNIST, Fashion-MNIST, CIFAR-10 or CIFAR-100, in an article whose
code trains something, never names that data set, reads no file and loads no data.

## Why it is wrong

The article shows something else than it says. Whatever is trained here has not seen the data that
the reader believes it has.

## Example

~~~~markdown
For this example, let's use the MNIST dataset.

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
For this example, let's use random numbers.

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

Data that are read under any other name keep the rule silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import DataLoaded, NetworkTried, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import training_sites
from harness.rules._prose import code_text, quoted, sentences

SEVERITY = Severity.WARNING
NEEDS = "trace"

_CLAIM = re.compile(
    r"\b(use|using|load|loading|on|create|with|from)\b[^.]{0,40}\b(Fashion[- ]MNIST|MNIST|CIFAR-?100?)\b",
    re.IGNORECASE,
)
_LOADING = re.compile(r"load|read|open\(|fetch|download|dataset|image_|glob|urlopen|imread|h5py|csv|argparse")


def find(evidence: Evidence) -> Iterator[Match]:
    code = code_text(evidence)
    asked = bool(evidence.of(DataLoaded)) or bool(evidence.of(NetworkTried))
    if asked or _LOADING.search(code) or not training_sites(evidence):
        return
    for sentence in sentences(evidence):
        claim = _CLAIM.search(sentence.text)
        if claim and claim[2].lower().split("-")[0] not in code:
            message = (
                f"The text says {quoted(claim)}, but the code loads no data at all: load them, or correct "
                "the text."
            )
            line, end = sentence.lines_of(claim)
            found = {"text": sentence.text, "data_set": claim[2]}
            yield Match(line, message, end_line=end, evidence=found)
            return
