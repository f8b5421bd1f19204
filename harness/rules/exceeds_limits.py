"""The code starts more processes or writes more than a run may.

## What it finds

A run that was ended because it went over the limit for processes, for disk space or files, or for
the records of the run.

## Why it is wrong

A tutorial that fills a disk or a process table harms the machine of whoever tries it.

## Example

```python
from itertools import count
from pathlib import Path

for number in count():
    Path(f"sample_{number}.txt").touch()
```

## Read instead

```python
from pathlib import Path

for number in range(60):
    Path(f"sample_{number}.txt").touch()
```

## Known limits

Limits that the operating system enforces by an error, such as the size of one file, appear as the
exception that they raise.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Killed, Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"

_WHAT = {
    Killed.PROCESSES: "it started more processes than a run may; start fewer at a time",
    Killed.DISK: "it wrote more files or bytes than a run may; write less, or write over what was written",
    Killed.RECORDS: "it flooded the channel on which the run is recorded; look for a loop without an end",
}


def find(evidence: Evidence) -> Iterator[Match]:
    killed = evidence.trace.outcome.killed if evidence.trace else None
    if killed in _WHAT:
        yield Match(
            evidence.break_off_line,
            f"The run was ended here: {_WHAT[killed]}.",
            end_line=evidence.unfinished.end_line if evidence.unfinished else None,
            evidence={"killed": str(killed)},
        )
