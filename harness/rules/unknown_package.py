"""A package is imported that nobody seems to know.

## What it finds

An import that failed because the package is not installed and is neither part of Python nor in the
table of packages that tutorials use.

## Why it is wrong

The import raises `ModuleNotFoundError`. A misspelt or invented name is worse than that: whoever
installs what is listed under it may install somebody else's code.

## Example

```python
import kerras

print(kerras.__version__)
```

## Read instead

```python
import keras

print(keras.__version__)
```

## Known limits

The table is `harness/knowledge/packages.toml`; no package index is asked. A rare but real package is
reported too, with the words that it is not known, and not that it does not exist. Local modules of an
article's repository look the same.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from harness.knowledge.changes import changes
from harness.knowledge.packages import is_known, known_packages
from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import missing_package
from harness.rules._notebooks import written_modules

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        package = missing_package(fault)
        if package is None or is_known(package) or changes().module(package) or fault.line is None:
            continue
        if package in written_modules(evidence):
            continue
        near = difflib.get_close_matches(package, sorted(known_packages()), n=1, cutoff=0.8)
        hint = (
            f" Did you mean `{near[0]}`?"
            if near
            else " It is neither in Python nor a package known here: check its name, or show the file if it "
            "is one of the article's own."
        )
        yield Match(
            fault.line,
            f"No package `{package}` is installed.{hint}",
            end_line=fault.end_line,
            evidence={"package": package, "near": near[0] if near else None},
            explains=(fault.seq,),
        )
