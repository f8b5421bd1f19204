"""The code asks whoever runs it for an answer.

## What it finds

Statements that wait for a line from the keyboard, which nobody types while an article is reviewed.

## Why it is wrong

It may be right for a reader at a terminal. The review could not answer, and so could not check it, nor what
depends on it; in a notebook that is run from beginning to end it stops everything.

## Example

```python
epochs = int(input("How many epochs? "))
print("training for", epochs)
```

## Read instead

```python
epochs = 5
print("training for", epochs)
```

## Known limits

Only statements that failed for want of an answer are told; a program may catch that itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called

SEVERITY = Severity.NOTE
NEEDS = "trace"

_SAYS = "EOF when reading a line"  # CPython's builtin input() at the end of standard input


def find(evidence: Evidence) -> Iterator[Match]:
    asking = any(isinstance(node, ast.Call) and called(node) == "input" for node in evidence.nodes)
    told: set[int] = set()
    for fault in evidence.faults if asking else ():
        if not _unanswered(fault) or fault.line is None or fault.line in told:
            continue
        told.add(fault.line)
        yield Match(
            fault.line,
            "This asks for a line from the keyboard; it was not checked, and neither was what depends on it. "
            "With a value in its place it can be.",
            end_line=fault.end_line,
            explains=(fault.seq,),
        )


def _unanswered(fault: Fault) -> bool:
    return not fault.repaired and fault.type == "EOFError" and fault.message == _SAYS
