"""The code stops with an exception.

## What it finds

Every exception that the article's code did not handle and that no other rule explains. Failures that
only follow from it, because a name was never bound, are listed as its consequences.

## Why it is wrong

Run as printed, the code ends here; a reader gets a traceback instead of what the article promises.

## Example

```python
values = [1, 2, 3]
print(values[3])
```

## Read instead

```python
values = [1, 2, 3]
print(values[2])
```

## Known limits

Only statements that were reached are seen. The line is that of the innermost statement of the article;
the cause may lie earlier.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity, StatementDone
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import undefined_name
from harness.rules._names import bound_in

SEVERITY = Severity.ERROR
NEEDS = "trace"
FALLBACK = True

_LONGEST = 300
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def find(evidence: Evidence) -> Iterator[Match]:
    unbound = _left_statements(evidence)
    for fault in evidence.unexplained:
        if undefined_name(fault) in unbound:
            continue
        yield Match(
            fault.line or 1,
            f"This raises {_spoken(fault.type, fault.message)}",
            end_line=fault.end_line,
            evidence={"exception": fault.type, "raised_in": fault.raised_in},
            explains=(fault.seq,),
        )


def _left_statements(evidence: Evidence) -> set[str | None]:
    """Names that a statement would have bound which was left because the time was spent."""
    lines = {event.line for event in evidence.of(StatementDone) if event.status == "timeout"}
    left = [statement for statement in evidence.tree.body if statement.lineno in lines]
    return {name for statement in left for name in bound_in(ast.Module([statement], []))}


def _spoken(kind: str, message: str) -> str:
    text = readable(message).removeprefix(f"{kind}: ")
    return f"{kind}: {text}" if text else f"{kind}."


def readable(message: str) -> str:
    """An exception's message on one line, without terminal codes, paths and the library's inner talk."""
    text = _ANSI.sub("", message)
    text = re.split(r"\n\s*Arguments received by ", text)[0]
    text = re.sub(r"Exception encountered when calling [^\n]*\n\s*", "", text)
    text = re.sub(r"^in user code:.*\n\s*(\w+(?:Error|Exception|Warning)?: )", r"\1", text, flags=re.DOTALL)
    # The numbers of a tensor say nothing that its shape does not.
    text = re.sub(r",\s*numpy=\s*array\(.*?(?:dtype=\w+\)>|\Z)", ">", text, flags=re.DOTALL)
    text = re.sub(r"\((?:/[^()\s]*)?/([\w.-]+)\)", r"(\1)", text)
    text = re.sub(r"(?<![\w.])/(?:[\w.+-]+/)+([\w.+-]+)", r"\1", text)
    text = _CONTROL.sub(" ", text)
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
