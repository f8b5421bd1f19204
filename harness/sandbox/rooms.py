"""The one folder that a wall lets through, in which each run's scratch lies for as long as it runs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from harness import scratch
from harness.sandbox import identity
from harness.sandbox.identity import Identity

_PREFIX = "errata-rooms-"
_FRESH_SECONDS = 60.0


class Rooms:
    """A folder of its own in the folder for temporary files; gone after ``close``."""

    def __init__(self, owner: Identity | None) -> None:
        _sweep()
        self._owner = owner
        self._number = 0
        self._stack = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
        self._stack.callback(scratch.remove, self.folder)
        # Held for as long as we live: what nobody holds was left by a harness that was killed.
        self._stack.callback(os.close, _held(self.folder))
        self.home.mkdir(mode=0o700)
        if owner:
            identity.give(self.folder, owner)

    @property
    def home(self) -> Path:
        """The warm process's own folder."""
        return self.folder / "home"

    @contextmanager
    def lodged(self, scratch: Path) -> Iterator[Path]:
        """Where ``scratch`` lies meanwhile; afterwards it is back in its place."""
        self._number += 1
        place = self.folder / str(self._number)
        if self._owner:
            identity.give(scratch, self._owner)
        scratch.rename(place)
        try:
            yield place
        finally:
            place.rename(scratch)

    def close(self) -> None:
        """Remove the folder; harmless when done before."""
        self._stack.close()


def _held(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _sweep() -> None:
    """Remove what killed harnesses have left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.lstat().st_mtime < _FRESH_SECONDS:
                continue  # perhaps made just now, and not held yet
            descriptor = _held(folder)
            scratch.remove(folder)
            os.close(descriptor)
