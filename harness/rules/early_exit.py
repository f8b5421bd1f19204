"""The code ends the program before its last statement.

## What it finds

`exit()`, `quit()`, `sys.exit()` or `os._exit()` that was reached while statements of the article were
still to come.

## Why it is wrong

Whoever runs the article's code never gets to the rest of it, and with `os._exit` not even to the output
that was written before.

## Example

```python
import sys

print("preparing")
sys.exit(0)
print("training")
```

## Read instead

```python
print("preparing")
print("training")
```

## Known limits

An exit with status 0 as the last statement of a script is no finding; one with another status is. Where the
last statement is a block, or a call of a function, nothing may stand behind the exit there either, but in a
loop. What comes after a `sys.exit` is reviewed all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules.needs_input import without_arguments

SEVERITY = Severity.ERROR
NEEDS = "trace"

_WORKER = b"harness/run/worker.py"
_EARLY = "The program ends here, before the rest of the article's code: take this out, or move it to the end."
_FAILED = "The last statement ends the program as one that has failed: take it out, or exit with status 0."


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        if fault.type == "SystemExit" and not without_arguments(fault):
            yield Match(
                fault.line or 1,
                _FAILED if _ends_as_failed(evidence, fault) else _EARLY,
                end_line=fault.end_line,
                evidence={"code": fault.message[:100]},
                explains=(fault.seq,),
            )
    trace = evidence.trace
    if trace is None or trace.completed or trace.outcome.killed is not None:
        return
    # A worker that failed tells so on standard error; an exit that the code asked for passes it silently.
    failed = trace.outcome.exit_code == 1 and _WORKER in trace.outcome.stderr
    if trace.outcome.exit_code is not None and evidence.unfinished is not None and not failed:
        yield Match(
            evidence.break_off_line,
            "The process ends here, before the rest of the article's code: take this out, or move it to the "
            "end.",
            end_line=evidence.unfinished.end_line,
            evidence={"code": trace.outcome.exit_code},
        )


def _ends_as_failed(evidence: Evidence, fault: Fault) -> bool:
    """Whether the exit is the end of the program, so that only its status is wrong."""
    unit = evidence.tree.body[-1]
    if fault.statement != len(evidence.tree.body) - 1 or fault.message in ("", "0", "None"):
        return False
    inside = unit.lineno <= (fault.line or 0) <= (unit.end_lineno or unit.lineno)
    return not inside or (fault.end_line or fault.line) == unit.end_lineno
