"""The code reads a file or a folder that the article does not bring.

## What it finds

Statements that failed because a file or folder that they read is not there, in a program that writes none
of its kind: a table to be downloaded from somewhere, a folder of images, weights trained elsewhere.

## Why it is wrong

It may be right for a reader who has the file. The review could not check it, nor what depends on it; and
whoever reads only the article cannot run it.

## Example

```python
import numpy as np

table = np.loadtxt("measurements.csv", delimiter=",")
```

## Read instead

```python
import numpy as np

np.savetxt("measurements.csv", np.eye(3), delimiter=",")
table = np.loadtxt("measurements.csv", delimiter=",")
```

## Known limits

In a program that writes files of the same ending, or that saves a model where a model is missing, the name
may be misspelt: such a failure stays an error.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called

SEVERITY = Severity.NOTE
NEEDS = "trace"

_TYPES = {"FileNotFoundError", "NotFoundError", "OSError", "ValueError"}
_MISSING = (
    re.compile(r"No such file or directory: b?['\"](?P<path>[^'\"]+)['\"]"),
    re.compile(r"name = '(?P<path>[^']+)', errno = 2\b"),
    re.compile(r"^(?P<path>[^\s;]+); No such file or directory"),
    re.compile(r"(?:File not found: filepath=|Could not find directory )(?P<path>[^\s,]+?)\.?(?:\s|$)"),
    re.compile(r"^(?P<path>\S+) not found\.$"),
)
_WRITING = re.compile(r"^(?:save|dump|write|to_)|^(?:imsave|imwrite|export|open|ModelCheckpoint|CSVLogger)$")
_SAVES_A_MODEL = {"save", "save_model", "save_weights", "ModelCheckpoint", "export"}
_MODELS = {".h5", ".hdf5", ".keras", ".ckpt", ".tf", ".pb", ""}


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[str] = set()
    for fault in evidence.faults:
        path = None if fault.repaired else _missing(fault)
        if path is None or fault.line is None or path in told or _may_be_written(evidence, fault, path):
            continue
        told.add(path)
        alike = tuple(other.seq for other in evidence.faults if _missing(other) == path)
        yield Match(
            fault.line,
            f"This reads `{path}`, which the article does not bring; it was not checked, and neither was "
            "what depends on it. Say where a reader gets it, or make it in the code.",
            end_line=fault.end_line,
            evidence={"path": path},
            explains=alike,
        )


def _missing(fault: Fault) -> str | None:
    """The path that is not there, if that is what a fault complains of."""
    if fault.type not in _TYPES:
        return None
    found = next((match for pattern in _MISSING if (match := pattern.search(fault.message))), None)
    return found["path"] if found else None


def _may_be_written(evidence: Evidence, fault: Fault, path: str) -> bool:
    """Whether the statement itself writes, or the program writes something of this kind."""
    ending = PurePosixPath(path).suffix.lower()
    lines = range(fault.line or 0, fault.end_line + 1)
    for node in evidence.nodes:
        name = called(node)
        if not isinstance(node, ast.Call) or name is None or not _WRITING.search(name):
            continue
        if name == "open" and not _opens_to_write(node):
            continue
        if node.lineno in lines or (ending in _MODELS and name in _SAVES_A_MODEL):
            return True
        texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
        if ending and any(isinstance(text, str) and text.lower().endswith(ending) for text in texts):
            return True
    return False


def _opens_to_write(node: ast.Call) -> bool:
    modes = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "mode")]
    return any(isinstance(m, ast.Constant) and set(str(m.value)) & set("wax") for m in modes)
