"""An archive with MNIST's documented shapes, for a confined process to read."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from harness.data.archive import FULL_SHAPES, shapes
from harness.data.cache import cache_folder, write_atomically
from harness.data.store import find_mnist, load_mnist

_READABLE = 0o644


@dataclass(frozen=True)
class FullArchive:
    """An ``.npz`` of full length that any user may read; ``repeated_from`` as in ``Mnist``."""

    path: Path
    repeated_from: int | None


def full_archive(path: Path | None = None) -> FullArchive:
    """MNIST from ``find_mnist(path)`` at full length, as a file.

    A file that is full already and readable for everybody is used as it is.  Otherwise a copy is
    kept in the cache folder, uncompressed because it is read at the start of every run.
    """
    source = find_mnist(path).resolve()
    seen = source.stat()
    found = shapes(source)
    repeated = None if found == FULL_SHAPES else found["x_train"][0] + found["x_test"][0]
    if repeated is None and seen.st_mode & stat.S_IROTH:
        return FullArchive(source, None)
    key = hashlib.sha256(f"{source}\n{seen.st_size}\n{seen.st_mtime_ns}".encode()).hexdigest()[:16]
    target = cache_folder() / f"full-{key}.npz"
    if not target.exists():
        mnist = load_mnist(source)

        def write(file: IO[bytes]) -> None:
            np.savez(
                file, x_train=mnist.x_train, y_train=mnist.y_train, x_test=mnist.x_test, y_test=mnist.y_test
            )
            # The confined process is another user.
            Path(file.name).chmod(_READABLE)

        write_atomically(target, write)
    return FullArchive(target, repeated)
