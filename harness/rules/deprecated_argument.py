"""A keyword argument is still accepted, but only with a warning.

## What it finds

Arguments of Keras layers and optimizers that the run warned about: `LeakyReLU(alpha=...)`,
`Embedding(input_length=...)`, `Adam(decay=...)`, and `input_shape=` or `input_dim=` given to a layer
instead of an `Input`.

## Why it is wrong

The code runs today. A later version will refuse the argument, as happened to `lr=`; and where the
warning says that it is ignored, the article describes something that does not happen.

## Example

```python
import keras

layer = keras.layers.LeakyReLU(alpha=0.2)
print(layer.name)
```

## Read instead

```python
import keras

layer = keras.layers.LeakyReLU(negative_slope=0.2)
print(layer.name)
```

## Known limits

Only lines that were reached in the run are seen. One finding for each line and argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import Noticed, Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.NOTE
NEEDS = "trace"

_RENAMED = re.compile(r"Argument `(\w+)` is deprecated\. Use `(\w+)` instead")
_USELESS = re.compile(
    r"Argument `(\w+)` is (?:no longer supported and will be ignored|deprecated\. Just remove it)"
)
_FIRST_LAYER = re.compile(r"Do not pass an `input_shape`/`input_dim` argument to a layer")


def find(evidence: Evidence) -> Iterator[Match]:
    for notice in evidence.of(Noticed):
        found = _words(notice.message, evidence, notice.line)
        if found is not None and notice.line is not None:
            argument, message = found
            yield Match(notice.line, message, evidence={"argument": argument})


def _words(message: str, evidence: Evidence, line: int | None) -> tuple[str, str] | None:
    renamed = _RENAMED.search(message)
    if renamed:
        return renamed[1], f"`{renamed[1]}` is deprecated: the argument is called `{renamed[2]}` now."
    useless = _USELESS.search(message)
    if useless:
        return useless[1], f"`{useless[1]}` no longer has an effect; leave it out."
    if _FIRST_LAYER.search(message) and line is not None:
        printed = evidence.lines[line - 1] if line <= len(evidence.lines) else ""
        argument = "input_dim" if "input_dim" in printed else "input_shape"
        return argument, f"`{argument}` is deprecated: begin the model with an `Input` that has the shape."
    return None
