"""The code ends the Python process with a signal.

## What it finds

A run whose process died of a signal that nobody sent from outside: a segmentation fault, an abort
in native code, an illegal instruction.

## Why it is wrong

No exception can be caught and no traceback is shown; a notebook loses its kernel and all its state.

## Example

```python
import ctypes

ctypes.string_at(0)
```

## Read instead

```python
import ctypes

text = ctypes.create_string_buffer(b"text")
print(ctypes.string_at(text))
```

## Known limits

The place is the top-level statement that was running; a thread that it left behind may be the one
that crashed. An abort for lack of memory is reported as out-of-memory. Native code may also crash where
memory is refused without saying so: a crash of a run that had taken a third of its memory and more is only a
note, since a large layer asks for as much again and what was refused is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Limits, Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("out-of-memory",)

_CHECK = "Run this statement by itself to see which call of native code it was."
_MUCH = Limits().memory_bytes // 3


def find(evidence: Evidence) -> Iterator[Match]:
    trace = evidence.trace
    if trace is None or trace.outcome.killed is not None or trace.outcome.signal is None:
        return
    starved = trace.outcome.peak_memory > _MUCH
    yield Match(
        evidence.break_off_line,
        f"The Python process died here: {trace.reason}. "
        + ("It had taken much of the memory that a run may use, which may be why." if starved else _CHECK),
        end_line=evidence.unfinished.end_line if evidence.unfinished else None,
        evidence={"signal": trace.outcome.signal},
        severity=Severity.NOTE if starved else None,
    )
