"""Folders for untrusted programs: made, and removed again whatever they were filled with."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_DEEPEST = 50  # what ``shutil`` removes without running out of frames or descriptors
_LONGEST = 2000  # characters of a path, well below the kernel's bound


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder in the folder for temporary files, gone at the end."""
    path = Path(tempfile.mkdtemp(prefix="errata-"))
    try:
        yield path
    finally:
        remove(path)


def remove(path: Path) -> None:
    """Remove a folder, however deep it is and whatever its permissions; links are not followed.

    No program may be changing it meanwhile.
    """
    with suppress(FileNotFoundError):
        _flatten(path)
        shutil.rmtree(path)


def _flatten(root: Path) -> None:
    """Open all folders, and move those that lie deep to the top."""
    waiting = [(str(root), 0)]
    while waiting:
        path, depth = waiting.pop()
        if depth > _DEEPEST or len(path) > _LONGEST:
            shallow = os.path.join(tempfile.mkdtemp(dir=root), "moved")  # noqa: PTH118 - as text like the rest
            os.rename(path, shallow)  # noqa: PTH104
            path, depth = shallow, 2
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            os.chmod(path, 0o700)  # noqa: PTH101
        with os.scandir(path) as listing:
            waiting += [(entry.path, depth + 1) for entry in listing if entry.is_dir(follow_symlinks=False)]
