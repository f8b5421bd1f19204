"""A model or its weights are saved under a name that Keras 3 refuses.

## What it finds

`save_weights("x.h5")`, `ModelCheckpoint("x.hdf5")`, `model.save("folder")` and the like, where the call
failed because of the file's ending.

## Why it is wrong

Keras 3 tells the format from the ending: `.keras` for models, `.weights.h5` for weights. Other endings
raise `ValueError`.

## Example

```python
import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.save_weights("model.h5")
```

## Read instead

```python
import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.save_weights("model.weights.h5")
```

## Known limits

A name that is put together while the program runs is reported without a replacement.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from textwrap import dedent
from typing import Any

from harness.model import Fault, Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import mended

SEVERITY = Severity.ERROR
NEEDS = "trace"

_ENDING = re.compile(r"must end in `(\.[\w.]+)`|add either a `(\.keras)` extension")
_UNREADABLE = "File format not supported: "


def find(evidence: Evidence) -> Iterator[Match]:
    yield from mended(evidence, "outdated-file-format", _message)
    for fault in evidence.faults:
        found = None if fault.repaired else _ENDING.search(fault.message)
        if found is not None and fault.line is not None:
            ending = found[1] or found[2]
            yield Match(
                fault.line,
                f"Keras 3 asks for a file name that ends in `{ending}` here.",
                end_line=fault.end_line,
                evidence={"ending": ending},
                explains=(fault.seq, *_reading(evidence, fault)),
            )


def _reading(evidence: Evidence, fault: Fault) -> Iterator[int]:
    """The faults of statements that would read the file, by the name that the refused statement gives it."""
    written = _variables(fault)
    for other in evidence.faults:
        if other.seq > fault.seq and other.message.startswith(_UNREADABLE) and written & _variables(other):
            yield other.seq


def _variables(fault: Fault) -> set[str]:
    """The variables among the arguments of a failed statement's calls."""
    try:
        nodes = ast.walk(ast.parse(dedent(fault.source)))
    except SyntaxError:
        return set()
    given = (value for node in nodes if isinstance(node, ast.Call) for value in node.args)
    return {ast.unparse(value) for value in given if isinstance(value, ast.Name | ast.Attribute)}


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    if evidence.get("saved_as"):
        return f"The file `{evidence['path']}` is not there: it has to be saved as `{evidence['saved_as']}`."
    return f"Keras 3 refuses the file name `{evidence['path']}`: it must end in `{evidence['ending']}`."
