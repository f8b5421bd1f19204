"""Folders for untrusted programs: made, and removed again whatever they were filled with."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_DEEPEST = 50  # what ``shutil`` removes without running out of frames or descriptors
_LONGEST = 2000  # characters of a path, well below the kernel's bound
_PREFIX = "errata-scratch-"
_FRESH_SECONDS = 60.0


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder in the folder for temporary files, gone at the end.

    Those that killed harnesses have left there are removed too.
    """
    _sweep()
    path = Path(tempfile.mkdtemp(prefix=_PREFIX))
    with ExitStack() as stack:
        # Held for as long as it is there: what nobody holds was left by a harness that was killed.
        stack.callback(os.close, _held(path))
        stack.callback(remove, path)
        yield path


def _held(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _sweep() -> None:
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime < _FRESH_SECONDS:
                continue  # perhaps made just now, and not held yet
            descriptor = _held(path)
            remove(path)
            os.close(descriptor)


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
