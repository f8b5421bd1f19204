"""One-hot labels are made for fewer classes than there are.

## What it finds

`to_categorical(y, n)` where a label is `n` or more, at which Keras raises an `IndexError`.

## Why it is wrong

Classes are counted from 0: labels from 0 to 9 are ten classes, and labels from 1 to 10 need eleven columns,
the first of which stays empty. Give the number of classes, or count them from 0.

## Example

```python
import numpy as np
from keras.utils import to_categorical

y = np.arange(64) % 10
y = to_categorical(y, 9)
```

## Read instead

```python
import numpy as np
from keras.utils import to_categorical

y = np.arange(64) % 10
y = to_categorical(y, 10)
```

## Known limits

Only where the run came to the call and it failed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_BEYOND = re.compile(r"index (\d+) is out of bounds for axis \d with size (\d+)")


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        beyond = _BEYOND.search(fault.message) if fault.type == "IndexError" else None
        if beyond is None or not fault.raised_in.endswith("to_categorical"):
            continue
        calls = (node for node in evidence.nodes if isinstance(node, ast.Call) and fault.spans(node.lineno))
        call = next((call for call in calls if called(call) == "to_categorical"), None)
        if call is None:
            continue
        given = f"`{ast.unparse(call.args[0])}`" if call.args else "the data"
        message = (
            f"There is a label {beyond[1]} in {given}, and {beyond[2]} classes are the labels 0 to "
            f"{int(beyond[2]) - 1}: give the number of classes, or count them from 0."
        )
        yield Match(call.lineno, message, call.end_lineno, {"classes": int(beyond[2])}, explains=(fault.seq,))
