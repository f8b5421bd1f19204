"""The one folder that a wall lets through, in which each run's scratch lies for as long as it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from harness import scratch
from harness.sandbox import identity
from harness.sandbox.identity import Identity


class Rooms:
    """A folder of its own in the folder for temporary files; gone after ``close``."""

    def __init__(self, owner: Identity | None) -> None:
        self._owner = owner
        self._number = 0
        self._stack = ExitStack()
        self.folder = self._stack.enter_context(scratch.folder()).resolve()
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
