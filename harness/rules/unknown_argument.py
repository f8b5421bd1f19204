"""A keyword argument is passed that the function does not take.

## What it finds

Calls that failed because of an argument which the function has in no known version: a misspelling
(`beta1` for `beta_1`), or an argument of another function.

## Why it is wrong

The call raises `TypeError` or `ValueError`, whatever version is installed.

## Example

```python
from keras.optimizers import Adam

optimizer = Adam(0.0002, beta1=0.5)
print(optimizer.name)
```

## Read instead

```python
from keras.optimizers import Adam

optimizer = Adam(0.0002, beta_1=0.5)
print(optimizer.name)
```

## Known limits

Only calls that are reached in the run are seen. Functions of the article itself are left to
`uncaught-exception`: there the mistake may as well be in the definition.
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
    return mended(evidence, "unknown-argument", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    new = evidence["replacement"]
    hint = f" Did you mean `{new}`?" if new else " Leave it out, or look up what it is called."
    return f"`{evidence['callable']}` takes no argument `{evidence['argument']}`.{hint}"
