"""The code reads a file or a folder that the article does not bring.

## What it finds

Statements that failed because a file or folder that they read is not there, in a program that writes none
of its kind: a table to be downloaded from somewhere, a folder of images, weights trained elsewhere. Also
files that are written into a folder of the author's own machine (`/home/me/images/`, `../output/`).

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
may be misspelt: such a failure stays an error. A name that the program puts together (`image_{:04d}.png`) is
not held to be misspelt where the review ended a loop or a training early: the file's round may not have come.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePosixPath

from harness.model import Fault, LoopLeft, Severity
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
    # Without labels Keras looks for no folder, and finds nothing in one that is not there.
    re.compile(r"^No (?:images|\w+ files) found in directory (?P<path>\S+?)\. Allowed format"),
)
_WRITING = re.compile(r"^(?:save|dump|write|to_)|^(?:imsave|imwrite|export|open|ModelCheckpoint|CSVLogger)$")
# What reads a path without an ending as a model: anything else reads a folder of data.
_LOADING = re.compile(r"\bload(?:_model|_weights)?\(|restore|SavedModel")
_SAVES_A_MODEL = {"save", "save_model", "save_weights", "ModelCheckpoint", "export"}
_HOLE = re.compile(r"\{[^{}]*\}|%[-+ #0-9.]*[a-zA-Z]")
_MODELS = {".h5", ".hdf5", ".keras", ".ckpt", ".tf", ".pb", ""}


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[str] = set()
    for fault in evidence.faults:
        path = None if fault.repaired else _missing(fault)
        said = None if path is None or path in told else _said(evidence, fault, path)
        if path is None or said is None or fault.line is None:
            continue
        told.add(path)
        alike = tuple(other.seq for other in evidence.faults if _missing(other) == path)
        yield Match(
            fault.line,
            said,
            end_line=fault.end_line,
            evidence={"path": path},
            explains=alike,
        )


def _missing(fault: Fault) -> str | None:
    """The path that is not there, if that is what a fault complains of."""
    if fault.type not in _TYPES:
        return None
    found = next((match for pattern in _MISSING if (match := pattern.search(fault.message))), None)
    return found["path"] if found and "://" not in found["path"] else None


def _said(evidence: Evidence, fault: Fault, path: str) -> str | None:
    """What is to be said of a missing file; None where a mistake of the program may be the cause."""
    folder = _folder_of_the_author(evidence, path)
    if folder is not None and _writes(evidence, fault):
        return (
            f"This writes into `{folder}`, which may be there on the author's machine only. Write into a "
            "folder that the code makes."
        )
    if drawn := _left_out_drawing(evidence, path):
        return (
            f"This reads `{path}`, the drawing that line {drawn} would make and the packages for which are "
            "not installed here: it was not checked, and neither was what depends on it."
        )
    if _left_early(evidence, fault) and _named_by_round(evidence, path):
        return (
            f"This reads `{path}`, which the code may write in a round that the review left out; it was not "
            "checked, and neither was what depends on it."
        )
    if _may_be_written(evidence, fault, path):
        return None
    return (
        f"This reads `{path}`, which the article does not bring; it was not checked, and neither was "
        "what depends on it. Say where a reader gets it, or make it in the code."
    )


def _left_out_drawing(evidence: Evidence, path: str) -> int | None:
    """The line of the drawing that would have made the file, and could not be made here."""
    lines = {repair.line for repair in evidence.repairs if repair.rule == "package-not-installed"}
    for node in evidence.nodes:
        if isinstance(node, ast.Call) and node.lineno in lines:
            given = [*node.args, *(word.value for word in node.keywords)]
            if any(isinstance(text, ast.Constant) and text.value == path for text in given):
                return node.lineno
    return None


def _folder_of_the_author(evidence: Evidence, path: str) -> str | None:
    """The folder outside of the program's own in which ``path`` lies: a named absolute one, or one above."""
    if ".." in PurePosixPath(path).parts:
        return f"{PurePosixPath(path).parent}/"
    texts = (node.value for node in evidence.nodes if isinstance(node, ast.Constant))
    named = (text for text in texts if isinstance(text, str) and text.startswith("/") and len(text) > 1)
    return next((text for text in named if path.startswith(text) and path != text), None)


def _writes(evidence: Evidence, fault: Fault) -> bool:
    lines = range(fault.line or 0, fault.end_line + 1)
    names = (called(node) for node in evidence.nodes if isinstance(node, ast.Call) and node.lineno in lines)
    return any(name is not None and _WRITING.search(name) for name in names)


def _left_early(evidence: Evidence, fault: Fault) -> bool:
    """Whether a loop or a training had been ended for the review's reasons before."""
    left = any(event.seq < fault.seq for event in evidence.of(LoopLeft))
    return left or any(call.cut and call.seq < fault.seq for call in evidence.training)


def _named_by_round(evidence: Evidence, path: str) -> bool:
    """Whether the program puts file names together of which this is one: ``image_{:04d}.png``."""
    name = PurePosixPath(path).name
    return any(pattern.fullmatch(name) for pattern in _patterns(evidence))


def _patterns(evidence: Evidence) -> Iterator[re.Pattern[str]]:
    """The file names with holes that the program makes, as patterns."""
    for node in evidence.nodes:
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = _HOLE.split(node.value)
            parts = [part for text in parts for part in (text, None)][:-1]
        else:
            continue
        if len(parts) < 2:
            continue
        texts = ["(.+)" if part is None else re.escape(str(part)) for part in parts]
        words = "".join(texts).rpartition("/")[2]
        if len(re.sub(r"\(\.\+\)", "", words)) > len(".png"):  # more than an ending is known of it
            with suppress(re.error):
                yield re.compile(words)


def _may_be_written(evidence: Evidence, fault: Fault, path: str) -> bool:
    """Whether the statement itself writes, or the program writes something of this kind."""
    ending = PurePosixPath(path).suffix.lower()
    lines = range(fault.line or 0, fault.end_line + 1)
    loads = ending in _MODELS and (bool(ending) or _LOADING.search(fault.source) is not None)
    for node in evidence.nodes:
        name = called(node)
        if not isinstance(node, ast.Call) or name is None or not _WRITING.search(name):
            continue
        if name == "open" and not _opens_to_write(node):
            continue
        if node.lineno in lines or (loads and name in _SAVES_A_MODEL):
            return True
        texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
        if ending and any(isinstance(text, str) and text.lower().endswith(ending) for text in texts):
            return True
    return False


def _opens_to_write(node: ast.Call) -> bool:
    modes = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "mode")]
    return any(isinstance(m, ast.Constant) and set(str(m.value)) & set("wax") for m in modes)
