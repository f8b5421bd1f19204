"""Where an archive of MNIST may lie, without looking into any."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from harness.data.cache import cache_folder

FETCHED = "mnist.npz"  # the name in the cache folder under which ``fetch_mnist`` keeps the full set


def keras_folder() -> Path:
    """Keras' own folder, found as Keras finds it; never created and never written to."""
    if home := os.environ.get("KERAS_HOME"):
        return Path(home)
    home_folder = Path("~").expanduser()
    return (home_folder if os.access(home_folder, os.W_OK) else Path("/tmp")) / ".keras"  # as Keras does


def full_copies() -> tuple[Path, ...]:
    """Where the full set is looked for, in this order."""
    return keras_folder() / "datasets" / "mnist.npz", cache_folder() / FETCHED


def candidates(path: Path | None) -> Iterator[tuple[str, int, int] | None]:
    """(path, bytes, time of change) of each file on which the choice of an archive depends.

    None stands for one that is not there.
    """
    named = os.environ.get("ERRATA_MNIST")
    for candidate in (path, Path(named) if named else None, *full_copies()):
        try:
            seen = candidate.stat() if candidate is not None else None
        except OSError:
            seen = None
        yield (str(candidate), seen.st_size, seen.st_mtime_ns) if seen else None
