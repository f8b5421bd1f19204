"""A package is imported that is not installed where the review was made.

## What it finds

Imports of well-known packages that failed because the package is absent here: one note for each package, at
the first import of it that something needs. So are imports of a file that a cell with `%%writefile` makes.

## Why it is wrong

Nothing is wrong with the article. The lines that need the package could not be checked, which a
reader of the review must know.

## Example

```python
import cv2

print(cv2.__version__)
```

## Read instead

```python
import numpy

print(numpy.__version__)
```

## Known limits

Install the package beside Errata to have those lines checked. Packages that are not known are
reported by `unknown-package`, and an import that nothing uses by `unused-import` alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from harness.knowledge.changes import changes
from harness.knowledge.packages import is_known
from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import missing_package
from harness.rules._notebooks import written_modules
from harness.rules.unused_import import wholly_unused

SEVERITY = Severity.NOTE
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    missed: dict[str, list[Fault]] = defaultdict(list)
    written = written_modules(evidence)
    for fault in evidence.faults:
        package = missing_package(fault)
        if package is not None and package in written and fault.line is not None:
            message = (
                f"`{package}` is a file that the cell of line {written[package]} writes. A review does not "
                "run that cell: what needs the file was not checked."
            )
            yield Match(fault.line, message, end_line=fault.end_line, explains=(fault.seq,))
            continue
        if package is None or not is_known(package) or changes().module(package) or fault.line is None:
            continue
        if wholly_unused(evidence, fault):
            continue  # that is said of it, and nothing was missed
        missed[package].append(fault)
    drawings = {r.fault for r in evidence.repairs if r.rule == "package-not-installed"}
    for fault in evidence.faults:
        if fault.seq in drawings and fault.line is not None:
            message = "The packages that draw a model are not installed here; the drawing was left out."
            yield Match(fault.line, message, end_line=fault.end_line, explains=(fault.seq,))
    # However many lines import from a package: it is installed once.
    for package, (first, *others) in missed.items():
        yield Match(
            first.line or 1,
            f"`{package}` is not installed here, so what needs it was not checked. Install it beside Errata "
            "and review again.",
            end_line=first.end_line,
            evidence={"package": package},
            explains=(first.seq, *(other.seq for other in others)),
        )
