"""An array of whole numbers is divided in place.

## What it finds

`x /= 255` and the like, which NumPy refuses because `x` holds whole numbers and the result would have
fractions.

## Why it is wrong

An operation in place writes its result into the same array, whose type stays as it is: a byte cannot hold a
third. NumPy raises `UFuncTypeError`, and whatever follows works on data that were never scaled. Turn the
array into floats first, with `astype("float32")`, or bind the result anew: `x = x / 255`.

## Example

```python
import numpy as np

x = np.random.randint(0, 256, size=(8, 4)).astype("uint8")
x /= 255
print(x.max())
```

## Read instead

```python
import numpy as np

x = np.random.randint(0, 256, size=(8, 4)).astype("uint8")
x = x / 255
print(x.max())
```

## Known limits

Reported where the run gets there. The review goes on with the result bound anew.
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
    return mended(evidence, "fractions-into-whole-numbers", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    kind = f" ({evidence['dtype']})" if evidence["dtype"] else ""
    return (
        f"`{evidence['array']}` holds whole numbers{kind}, which cannot take the fractions of a result in "
        f"place: write `{repair.after}`, or make it floats first, with `astype('float32')`."
    )
