"""A keyword argument is passed that the function no longer takes.

## What it finds

`Adam(lr=...)`, `fit(nb_epoch=...)`, `Conv2D(border_mode=...)` and other arguments that the library has
renamed or dropped, where the call failed because of them; and a few that Keras 3 takes and ignores, such as
`imdb.load_data(nb_words=...)`.

## Why it is wrong

The article was written for an older version. With a current one the call raises `TypeError` or
`ValueError`. Where the argument is ignored, what it asked for does not happen: all words are loaded, and an
embedding for the first thousand fails over the others.

## Example

```python
from keras.optimizers import Adam

optimizer = Adam(lr=0.0001)
print(optimizer.name)
```

## Read instead

```python
from keras.optimizers import Adam

optimizer = Adam(learning_rate=0.0001)
print(optimizer.name)
```

## Known limits

Only calls that are reached in the run are seen. Arguments that are still accepted with a warning are
reported by `deprecated-argument`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.model import Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import gone, mended

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    return mended(evidence, "removed-argument", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    new = evidence["replacement"]
    successor = f": it is called `{new}` now." if new else "; leave it out."
    if evidence.get("shape"):
        return (
            f"`{evidence['callable']}` takes the shape of a sequence whole{gone(evidence['removed_in'])}: "
            f"`{evidence['shape']}`."
        )
    if evidence.get("together"):
        sides = " and ".join(f"`{side}`" for side in evidence["together"])
        since = gone(evidence["removed_in"])
        return f"`{evidence['callable']}` takes {sides} as one{since}: `{evidence['size']}`."
    if evidence.get("instead"):
        successor = f": put `{evidence['instead']}` before it."
    more = f" {evidence['remark']}." if evidence.get("remark") else ""
    if evidence.get("ignored"):
        return (
            f"`{evidence['callable']}` ignores `{evidence['argument']}`{gone(evidence['removed_in'])}, "
            f"and does not say so{successor}{more}"
        )
    return (
        f"`{evidence['callable']}` takes no `{evidence['argument']}`"
        f"{gone(evidence['removed_in'], 'any more')}{successor}{more}"
    )
