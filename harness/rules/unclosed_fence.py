"""A code fence is opened and never closed.

## What it finds

A block that begins with three backquotes or tildes and has no closing fence before the article (or
the list item that it stands in) ends.

## Why it is wrong

Everything up to the end, prose included, is taken for code by every Markdown reader.

## Example

~~~~markdown
```python
print("hello")
~~~~

## Read instead

~~~~markdown
```python
print("hello")
```
~~~~

## Known limits

A fence that a closing one of another length or character seems to end is unclosed all the same:
CommonMark says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.WARNING
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    for notice in evidence.listing.notices:
        if notice.rule == "unclosed-fence":
            yield Match(notice.line, notice.message)
