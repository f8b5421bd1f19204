"""The code needs more memory than a run may use.

## What it finds

An allocation that failed, or a process that was ended because its memory grew over the limit of the
run (4 GiB unless it is set otherwise).

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

A program that fits in more memory than the limit is reported as well; the review says what the limit was.
Where the array that had no more room is itself smaller than 8 GiB, many machines will do, and the finding is
a note; so it is where a program with networks outgrows the limit without asking for anything large at once,
or TensorFlow does not tell how much it asked for, since a large network on large batches may need what the
reader's machine has and this one does not give.
Where a library ends the process instead of raising, the place is the top-level statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod

from harness.model import Fault, Killed, Limits, Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"

_EXCEPTIONS = {"MemoryError", "_ArrayMemoryError", "ResourceExhaustedError", "OutOfMemoryError"}
_ASKED = re.compile(r"Unable to allocate ([\d.]+) (bytes|KiB|MiB|GiB|TiB|PiB|EiB)\b")
_TENSOR = re.compile(r"OOM when allocating tensor with shape\[([\d,]+)\]")
# Of an operation by itself TensorFlow tells its own names, and not how much it asked for.
_INNER = re.compile(r"\{\{[^{}]*\}\}\s*|\s*\[Op:\w+\][^\n]*")
_FOR_WANT_OF_ROOM = "could not create a primitive"  # what TensorFlow's library of kernels says of it
_IN_A_GRAPH = "Graph execution error:"
_UNSIZED = "failed to allocate memory"
_GIB = {"bytes": 2.0**-30, "KiB": 2.0**-20, "MiB": 2.0**-10, "GiB": 1.0}  # other units are larger
_MOST = 8.0  # GiB; one array of less is no mistake by itself
_NUMBERS_IN_GIB = 2**28  # of float32
_CURE = "Work on smaller batches, keep less of it at a time, or use float32."
_MUCH = Limits().memory_bytes // 3
_LAST_WORDS = (b"bad_alloc", b"out of memory", b"Cannot allocate memory", b"MemoryError")


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        if fault.line is not None and (fault.type in _EXCEPTIONS or _without_room(evidence, fault)):
            said = _INNER.sub("", fault.message).strip().removeprefix(_IN_A_GRAPH).strip()
            yield Match(
                fault.line,
                f"This needs more memory than a run may use. {_CURE}"
                + (f" The exception says: {said.splitlines()[0][:200]}" if said else ""),
                end_line=fault.end_line,
                evidence={"exception": fault.type},
                explains=(fault.seq,),
                severity=Severity.NOTE if _is_small(said) or (evidence.models and not _tells(said)) else None,
            )
    outcome = evidence.trace.outcome if evidence.trace else None
    if outcome is None:
        return
    died_of_it = outcome.signal is not None and any(word in outcome.stderr for word in _LAST_WORDS)
    if outcome.killed is Killed.MEMORY or died_of_it:
        yield Match(
            evidence.break_off_line,
            f"The run was ended here because it needed more memory than it may use. {_CURE}",
            end_line=evidence.unfinished.end_line if evidence.unfinished else None,
            evidence={"killed": "memory"},
            severity=Severity.NOTE if evidence.models else None,
        )


def _without_room(evidence: Evidence, fault: Fault) -> bool:
    """Whether a kernel could not be made in a run that had taken much of the memory that it may use."""
    taken = evidence.trace.outcome.peak_memory if evidence.trace else 0
    return _FOR_WANT_OF_ROOM in fault.message and taken > _MUCH


def _tells(message: str) -> bool:
    """Whether it says how much was asked for."""
    return bool(_ASKED.search(message) or _TENSOR.search(message))


def _is_small(message: str) -> bool:
    if message.startswith(_UNSIZED) or _FOR_WANT_OF_ROOM in message:
        return True
    asked = _ASKED.search(message)
    if asked is not None:
        return float(asked[1]) * _GIB.get(asked[2], _MOST) < _MOST
    tensor = _TENSOR.search(message)
    if tensor is None:
        return False
    return prod(int(size) for size in tensor[1].split(",") if size) < _MOST * _NUMBERS_IN_GIB
