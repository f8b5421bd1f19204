"""The code asks whoever runs it for an answer.

## What it finds

Statements that wait for a line from the keyboard, or for a file or a secret that a reader gives in Google
Colab: nobody does while an article is reviewed.

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

from harness.knowledge.colab import NO_SECRET, NOBODY_CHOSE
from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called

SEVERITY = Severity.NOTE
NEEDS = "trace"

_SAYS = "EOF when reading a line"  # CPython's builtin input() at the end of standard input
_ASKED = {
    _SAYS: ("a line from the keyboard", "With a value in its place it can be."),
    NOBODY_CHOSE: ("a file that the reader uploads", "Say where a reader gets the file."),
    NO_SECRET: ("something that only Google Colab gives", "With a value in its place it can be."),
}


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for fault in evidence.faults:
        if not _unanswered(evidence, fault) or fault.line is None or fault.line in told:
            continue
        told.add(fault.line)
        what, instead = _ASKED[fault.message]
        yield Match(
            fault.line,
            f"This asks for {what}; it was not checked, and neither was what depends on it. {instead}",
            end_line=fault.end_line,
            explains=(fault.seq,),
        )


def _unanswered(evidence: Evidence, fault: Fault) -> bool:
    if fault.repaired or fault.type != "EOFError" or fault.message not in _ASKED:
        return False
    # Other things than input() end too early with these words.
    return fault.message != _SAYS or any(
        isinstance(node, ast.Call) and called(node) == "input" for node in evidence.nodes
    )
