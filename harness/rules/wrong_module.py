"""A name is imported from a module that never had it.

## What it finds

Imports that failed because the name lives in another module of the library, or in none:
`from keras.models import Dense`, `from keras.layers import Adam`.

## Why it is wrong

The import raises `ImportError`, whatever version is installed.

## Example

```python
from keras.models import Sequential, Dense

model = Sequential([Dense(10)])
model.summary()
```

## Read instead

```python
from keras.models import Sequential
from keras.layers import Dense

model = Sequential([Dense(10)])
model.summary()
```

## Known limits

Only imports that are reached in the run are seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.model import Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import mended

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    return mended(evidence, "wrong-module", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    module, _, name = evidence["old"].rpartition(".")
    home = evidence["replacement"].rpartition(".")[0]
    place = f": it is in `{home}`." if home else "; look up where it is."
    return f"`{module}` has no `{name}`{place}"
