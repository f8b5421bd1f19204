"""A well-known name is used and never imported.

## What it finds

Names such as `np`, `plt`, `Dense` or `Adam` that the article's code reads although no import and no
assignment binds them anywhere. The import line that it needs is suggested, from the Keras package
that the article already uses.

## Why it is wrong

Copied into a fresh interpreter the code stops with `NameError`. It ran for the author because an
earlier session, or an earlier article, had imported the name.

## Example

```python
noise = np.random.normal(0, 1, (100, 100))
```

## Read instead

```python
import numpy as np

noise = np.random.normal(0, 1, (100, 100))
```

## Known limits

Silent where a star import, `exec` or `globals()` may bind names. A name is looked up in a table of
names that tutorials import; other undefined names are reported by `undefined-name`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.knowledge.imports import import_for
from harness.model import Fix, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import undefined_name
from harness.rules._names import Use, bound_before, first_use, undefined

SEVERITY = Severity.ERROR
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    reported = set()
    for use in undefined(evidence):
        line = import_for(use.name, evidence.listing.text, called=use.called)
        if line is not None:
            reported.add(use.name)
            yield _match(evidence, use, line)
    # What the source does not tell (star imports, a name bound further down) the run does.
    for repair in evidence.repairs:
        name = repair.evidence.get("name")
        if repair.rule == "missing-import" and isinstance(name, str) and name not in reported:
            reported.add(name)
            first = first_use(evidence, name)
            # A statement that ran out of time binds nothing either, and is no missing import.
            if first is not None and not bound_before(evidence, name, repair.line or 1):
                yield _match(evidence, first, repair.after)


def _match(evidence: Evidence, use: Use, line: str) -> Match:
    later = _imported_at(evidence, use.name)
    how = "never imported." if later is None else f"imported only in line {later}: move that up."
    return Match(
        use.line,
        f"`{use.name}` is used here and {how}",
        end_line=use.end_line,
        evidence={"name": use.name, "import": line},
        fix=Fix("", line),
        explains=tuple(fault.seq for fault in evidence.faults if undefined_name(fault) == use.name),
    )


def _imported_at(evidence: Evidence, name: str) -> int | None:
    """The first line of the module's own that imports a name."""
    for statement in evidence.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            names = {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
            if name in names:
                return statement.lineno
    return None
