"""What an answer depends on, as one digest."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
_KINDS = (".py", ".toml")


def digest(parts: Mapping[str, Any]) -> str:
    """The SHA-256 of named parts, which are JSON values or are told apart by their text."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def sources(*names: str) -> str:
    """The digest of our own modules and packages of these names, with the tables that lie in them."""
    found = hashlib.sha256()
    for name in names:
        path = _ROOT / name
        for file in [str(path)] if path.is_file() else sorted(_files(str(path))):
            with open(file, "rb", buffering=0) as opened:  # noqa: PTH123  (hundreds at each start: no Path for each)
                content = opened.read()
            found.update(f"{file[len(str(_ROOT)) :]}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def _files(folder: str) -> list[str]:
    found: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if not entry.name.startswith("."):
                    found += _files(entry.path)
            elif entry.name.endswith(_KINDS):
                found.append(entry.path)
    return found


@cache
def installed() -> str:
    """The digest of the names and versions of all packages that are installed, and of Python's own."""
    names = {sys.version}
    for folder in sys.path:
        try:
            with os.scandir(folder or ".") as listing:
                names.update(
                    entry.name for entry in listing if entry.name.endswith((".dist-info", ".egg-info"))
                )
        except OSError:
            continue
    return hashlib.sha256("\0".join(sorted(names)).encode()).hexdigest()
