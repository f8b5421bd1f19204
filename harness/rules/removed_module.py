"""A module is imported that the library has since removed or moved.

## What it finds

Imports such as `keras.layers.core`, `tensorflow.contrib` or `sklearn.cross_validation` that failed in
the run. Where the names live on in another module, the import is suggested that works.

## Why it is wrong

The article was written for an older version. With a current one the first line already stops with
`ModuleNotFoundError`, and a reader never sees what comes after it.

## Example

```python
from keras.layers.core import Dense

layer = Dense(10)
print(layer.units)
```

## Read instead

```python
from keras.layers import Dense

layer = Dense(10)
print(layer.units)
```

## Known limits

Only imports that are reached in the run are seen, and only modules of the table
`harness/knowledge/changes.toml` are known by name and version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.knowledge.changes import changes
from harness.model import Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import gone, mended

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    yield from mended(evidence, "removed-module", _message)
    for fault in evidence.faults:
        if fault.type != "ModuleNotFoundError" or fault.repaired or fault.line is None or not fault.name:
            continue
        change = changes().module(fault.name)
        if change is not None:
            successor = change.new if change.package is None else f"{change.new} (package {change.package})"
            yield Match(
                fault.line,
                f"`{fault.name}` is gone{gone(change.removed)}{_successor(successor)}",
                end_line=fault.end_line,
                evidence={"old": change.old, "replacement": change.new, "removed_in": change.removed},
                explains=(fault.seq,),
            )


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    return f"`{evidence['old']}` is gone{gone(evidence['removed_in'])}{_successor(evidence['replacement'])}"


def _successor(new: str) -> str:
    return f": its contents are in `{new}`." if new else ", without a successor."
