"""Files named by the digest of what they answer: written in one step, checked when read, bounded in size."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.data.cache import write_atomically

_FORMAT = b"errata-answer 1 "
_BYTES = 256 * 2**20
_LONGEST = 64 * 2**20  # one answer
_NAME = 64  # hexadecimal digits


@dataclass(frozen=True)
class Use:
    """What a store holds."""

    answers: int
    bytes: int


class Store:
    """Answers as lines of text, the least recently used dropped first.

    Any number of processes may use one folder: each file is whole or not there.  A store that cannot
    be read or written is an empty one: nothing depends on it but time.
    """

    def __init__(self, folder: Path, limit: int = _BYTES) -> None:
        self.folder = folder
        self._limit = limit

    def get(self, key: str) -> tuple[bytes, ...] | None:
        """The lines kept under ``key``; None where there are none, or where they are damaged."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                head, _, body = file.read(_LONGEST + 1).partition(b"\n")
        except OSError:
            return None
        if head != _head(key, body):
            self.drop(key)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # it was used just now
        return tuple(body.split(b"\n"))

    def put(self, key: str, lines: Sequence[bytes]) -> None:
        """Keep lines under ``key``; too many of them are not kept."""
        body = b"\n".join(lines)
        if len(body) > min(_LONGEST - 1024, self._limit):
            return
        path = self._path(key)
        with contextlib.suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, lambda file: file.write(_head(key, body) + b"\n" + body))
        self.prune()

    def drop(self, key: str) -> None:
        """Forget what is kept under ``key``."""
        with contextlib.suppress(OSError):
            self._path(key).unlink()

    def use(self) -> Use:
        """How much is kept."""
        sizes = [size for _, size, _ in self._files()]
        return Use(len(sizes), sum(sizes))

    def prune(self, limit: int | None = None) -> Use:
        """Drop what was used longest ago until at most ``limit`` bytes are left; returns what went."""
        limit = self._limit if limit is None else limit
        files = sorted(self._files())
        left = sum(size for _, size, _ in files)
        gone = freed = 0
        for _, size, path in files:
            if left <= limit:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                gone, freed = gone + 1, freed + size
            left -= size
        return Use(gone, freed)

    def clear(self) -> Use:
        """Drop everything; returns what went."""
        return self.prune(0)

    def _path(self, key: str) -> Path:
        if len(key) != _NAME or not key.isalnum():
            raise ValueError(f"no digest: {key!r}")
        return self.folder / key[:2] / key

    def _files(self) -> list[tuple[int, int, Path]]:
        """(time of last use, bytes, path) of each file, also of what a killed writer left."""
        found = []
        for above, _, names in os.walk(self.folder):
            for name in names:
                path = Path(above, name)
                with contextlib.suppress(OSError):
                    seen = path.stat()
                    found.append((seen.st_mtime_ns, seen.st_size, path))
        return found


def _head(key: str, body: bytes) -> bytes:
    # The key as well: a file under another name is no answer to this question.
    return _FORMAT + hashlib.sha256(key.encode() + b"\n" + body).hexdigest().encode()
