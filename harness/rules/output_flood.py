"""The code prints more than anybody can read.

## What it finds

A run that was ended because it wrote more to its output than a run may (4 MiB unless it is set
otherwise).

## Why it is wrong

What matters drowns, notebooks grow until they cannot be opened, and printing soon takes longer than the
computation.

## Example

```python
for number in range(100_000_000):
    print("training, step number", number)
```

## Read instead

```python
for number in range(100):
    print("training, step number", number)
```

## Known limits

The line is that of the top-level statement that was running.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Killed, Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    if evidence.trace is not None and evidence.trace.outcome.killed is Killed.OUTPUT:
        yield Match(
            evidence.break_off_line,
            "The run was ended here because it printed more than a run may: print every hundredth step, say.",
            end_line=evidence.unfinished.end_line if evidence.unfinished else None,
            evidence={"killed": "output"},
        )
