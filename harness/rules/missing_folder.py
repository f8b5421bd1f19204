"""A file is written into a folder that the article never makes.

## What it finds

Statements that failed because the folder of the file that they write does not exist.

## Why it is wrong

A reader who runs the code where it was downloaded has no such folder either, and gets
`FileNotFoundError`, often after a long training. A repository that brings the folder hides it from its
author, which is why this is a note.

## Example

```python
with open("results/log.txt", "w") as file:
    file.write("loss 0.7")
```

## Read instead

```python
import os

os.makedirs("results", exist_ok=True)
with open("results/log.txt", "w") as file:
    file.write("loss 0.7")
```

## Known limits

The folder is made for the rest of the review. Absolute paths are left alone: no review may write there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.model import Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import mended

SEVERITY = Severity.NOTE
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    yield from mended(evidence, "missing-folder", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    return (
        f"`{evidence['file']}` is written into a folder that the article never makes: make it first, with "
        "`os.makedirs(..., exist_ok=True)`."
    )
