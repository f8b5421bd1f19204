"""A line is not Python.

## What it finds

Lines of a Python block that no Python parser accepts: unbalanced brackets, curly quotation marks,
broken indentation, Python 2's `print`. The rest of the block is reviewed without them.

## Why it is wrong

Python refuses the whole file, so that not even the first line of it runs.

## Example

~~~~markdown
```python
print("hello")
losses = [0.5, 0.4
```
~~~~

## Read instead

~~~~markdown
```python
print("hello")
losses = [0.5, 0.4]
```
~~~~

## Known limits

Where brackets do not match, the parser may notice it only some lines further down. Placeholders such
as `...` that stand for code are reported by `placeholder-in-code`.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._placeholders import is_placeholder

SEVERITY = Severity.ERROR
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    for broken in evidence.listing.broken:
        if not is_placeholder(broken.source):
            yield Match(
                broken.line,
                f"This is not Python: {_sentence(broken.message)} Correct it; the rest was run without it.",
                end_line=broken.end_line,
                evidence={"source": broken.source[:500], "parser": broken.message},
                explains=evidence.behind_broken.get(broken.line, ()),
            )


def _sentence(message: str) -> str:
    """The parser's words, which may end in a question."""
    return message if message.endswith("?") else f"{message.rstrip('.')}."
