"""The code needs more memory than a run may use.

## What it finds

An allocation that failed, or a process that was ended because its memory grew over the limit of the
run (3 GB unless it is set otherwise).

## Why it is wrong

A reader's machine has no more memory than this to spare for a tutorial. Mostly the cause is one
array that is far larger than needed: the whole data set as one batch, float64 where float32 would
do, or one-hot vectors of a large vocabulary.

## Example

```python
import numpy as np

pairs = np.ones((60000, 60000, 8))
```

## Read instead

```python
import numpy as np

pairs = np.ones((600, 600, 8), dtype="float32")
```

## Known limits

A program that fits in more memory than the limit is reported as well; the review says what the
limit was. Where a library ends the process instead of raising, the place is the top-level statement.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Killed, Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"

_EXCEPTIONS = {"MemoryError", "_ArrayMemoryError", "ResourceExhaustedError", "OutOfMemoryError"}
_LAST_WORDS = (b"bad_alloc", b"out of memory", b"Cannot allocate memory", b"MemoryError")


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        if fault.type in _EXCEPTIONS and fault.line is not None:
            yield Match(
                fault.line,
                f"This needs more memory than a run may use: {fault.message.splitlines()[0][:200]}"
                if fault.message
                else "This needs more memory than a run may use.",
                end_line=fault.end_line,
                evidence={"exception": fault.type},
                explains=(fault.seq,),
            )
    outcome = evidence.trace.outcome if evidence.trace else None
    if outcome is None:
        return
    died_of_it = outcome.signal is not None and any(word in outcome.stderr for word in _LAST_WORDS)
    if outcome.killed is Killed.MEMORY or died_of_it:
        yield Match(
            evidence.break_off_line,
            "The run was ended here because it needed more memory than it may use.",
            end_line=evidence.unfinished.end_line if evidence.unfinished else None,
            evidence={"killed": "memory"},
        )
