"""A module is imported that the library has since removed or moved.

## What it finds

Imports such as `keras.layers.core`, `tensorflow.contrib` or `sklearn.cross_validation` that failed in
the run, also where `tensorflow.keras` is asked for a module that only plain Keras had. Where the names live
on in another module, the import is suggested that works.

## Why it is wrong

The article was written for an older version. With a current one the first line already stops with
`ModuleNotFoundError`, and a reader never sees what comes after it.

## Example

```python
from keras.layers.core import Dense

layer = Dense(10)
print(layer.units)
```

## Read instead

```python
from keras.layers import Dense

layer = Dense(10)
print(layer.units)
```

## Known limits

Only imports that are reached in the run are seen, and only modules of the table
`harness/knowledge/changes.toml` are known by name and version.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from harness.knowledge.changes import Change, changes
from harness.model import Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import LEFT, lacking, mended

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    yield from mended(evidence, "removed-module", _message)
    for fault in evidence.faults:
        if fault.type != "ModuleNotFoundError" or fault.repaired or fault.line is None or not fault.name:
            continue
        name, wanted = _asked(fault.source, fault.name)
        change = changes().module(name) or changes().module(fault.name)
        if change is None:
            continue
        found = {"old": change.old, "replacement": change.new, "removed_in": change.removed}
        if change.only:
            found["only"] = change.only
        yield Match(
            fault.line,
            f"{lacking(name, found)}{_left(change, wanted)}",
            end_line=fault.end_line,
            evidence=found,
            explains=(fault.seq,),
        )


def _asked(source: str, name: str) -> tuple[str, tuple[str, ...]]:
    """The module that an import asks for, and the names; Python complains of the first missing parent."""
    with suppress(SyntaxError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(name):
                return node.module, tuple(alias.name for alias in node.names)
    return name, ()


def _left(change: Change, wanted: tuple[str, ...]) -> str:
    """What became of the contents.  Names that live on are mended, so that those here do not."""
    if change.package is not None:
        return _successor(f"{change.new} (package {change.package})")
    if change.new and wanted and "*" not in wanted:
        names = " and ".join(f"`{name}`" for name in wanted)
        return f", and {names} {'has' if len(wanted) == 1 else 'have'} no successor: {LEFT}."
    return f": {change.remark}." if change.remark else _successor(change.new)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    left = f": {evidence['remark']}." if evidence.get("remark") else _successor(evidence["replacement"])
    return f"{lacking(evidence['old'], evidence)}{left}"


def _successor(new: str) -> str:
    return f": its contents are in `{new}`." if new else f", without a successor: {LEFT}."
