"""Faults of Errata itself, as they are told to those who meet them."""

from __future__ import annotations

import traceback
from pathlib import Path

_PACKAGE = Path(__file__).parent


def described(error: BaseException) -> str:
    """An exception in a line: what it says, and the innermost line of this package that it came through."""
    said = traceback.format_exception_only(error)[-1].strip().split("\n")[0][:300]
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if _PACKAGE in Path(frame.filename).parents
    ]
    if not ours:
        return said
    file = Path(ours[-1].filename).relative_to(_PACKAGE.parent).as_posix()
    return f"{said} ({file}, line {ours[-1].lineno})"
