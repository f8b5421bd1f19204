"""A function, class or attribute is used that the library has since removed or renamed.

## What it finds

`np.float`, `tf.placeholder`, `model.predict_classes`, `K.mean`, `optimizer.lr`,
`from keras.utils import np_utils` and the like, where the run failed for want of them. Also the
`.input` and `.output` of a `Sequential` model that has not been called, which Keras 3 no longer
answers.

## Why it is wrong

The article was written for an older version. With a current one the line stops with
`AttributeError` or `ImportError`.

## Example

```python
import numpy as np

labels = np.zeros(10, dtype=np.int)
```

## Read instead

```python
import numpy as np

labels = np.zeros(10, dtype=int)
```

## Known limits

Only what is reached in the run is seen, and only what stands in `harness/knowledge/changes.toml` is
known by version. `tf.compat.v1` is suggested for TensorFlow 1 programs; it lets a line run, but such
a program needs rewriting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.knowledge.changes import changes, public_name
from harness.model import Fault, Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import LEFT, gone, lacking, mended

SEVERITY = Severity.ERROR
NEEDS = "trace"


_NOT_THERE = (
    re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'"),
    re.compile(r"module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'"),
)


def find(evidence: Evidence) -> Iterator[Match]:
    yield from mended(evidence, "removed-attribute", _message)
    for fault in evidence.faults:
        old = None if fault.repaired else _missing(fault)
        change = changes().name(old) if old else None
        if change is None or fault.line is None:
            continue
        details = {"old": change.old, "replacement": change.new, "removed_in": change.removed}
        if change.only:
            details["only"] = change.only
        if change.remark:
            details["remark"] = change.remark
        yield Match(
            fault.line,
            _words(details, change.package),
            end_line=fault.end_line,
            evidence=details,
            explains=(fault.seq,),
        )


def _missing(fault: Fault) -> str | None:
    """The full name that a fault says is not there."""
    for pattern in _NOT_THERE:
        found = pattern.search(fault.message)
        if found:
            return f"{public_name(found['module'])}.{found['name']}"
    return None


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    return _words(evidence, None)


def _words(evidence: Mapping[str, Any], package: str | None) -> str:
    new = evidence["replacement"]
    source = f" (package {package})" if package else ""
    left = f": {evidence['remark']}." if evidence.get("remark") else f", without a successor: {LEFT}."
    successor = f": use `{new}`{source}." if new else left
    if evidence.get("instead"):
        return f"`{evidence['old']}` {evidence['when']}{gone(evidence['removed_in'])}: {evidence['instead']}."
    if evidence.get("when"):
        since = gone(evidence["removed_in"])
        return f"`{evidence['old']}` {evidence['when']} raises an exception{since}{successor}"
    return f"{lacking(evidence['old'], evidence)}{successor}"
