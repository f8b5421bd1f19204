"""The code asks whoever runs it for an answer.

## What it finds

Statements that wait for a line from the keyboard, for arguments on the command line, or for a file or a
secret that a reader gives in Google Colab: nobody does while an article is reviewed.

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
_ARGUMENTS = ("arguments on the command line", "With defaults for them it can be.")


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for fault in evidence.faults:
        asked = _asked(evidence, fault)
        if asked is None or fault.line is None or fault.line in told:
            continue
        told.add(fault.line)
        what, instead = asked
        yield Match(
            fault.line,
            f"This asks for {what}; it was not checked, and neither was what depends on it. {instead}",
            end_line=fault.end_line,
            explains=(fault.seq,),
        )


def _asked(evidence: Evidence, fault: Fault) -> tuple[str, str] | None:
    """What a statement failed for want of, and what to do instead."""
    if without_arguments(fault) or _reads_arguments(fault):
        return _ARGUMENTS
    if fault.repaired or fault.type != "EOFError" or fault.message not in _ASKED:
        return None
    # Other things than input() end too early with these words.
    reads = any(isinstance(node, ast.Call) and called(node) == "input" for node in evidence.nodes)
    return _ASKED[fault.message] if fault.message != _SAYS or reads else None


def without_arguments(fault: Fault) -> bool:
    """Whether the program ended because ``argparse`` missed an argument that it needs."""
    return fault.type == "SystemExit" and fault.raised_in.startswith("argparse.")


def _reads_arguments(fault: Fault) -> bool:
    return fault.type == "IndexError" and not fault.repaired and "sys.argv[" in fault.source
