"""Where prepared data is kept: a folder of the user's own, or a private temporary one."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO


def cache_folder() -> Path:
    """A writable folder for prepared data: ``$XDG_CACHE_HOME/errata`` (``~/.cache/errata``).

    Where that cannot be written (a read-only home) it is ``errata-<uid>`` in the temporary folder,
    provided that it belongs to this user alone, otherwise a fresh temporary folder.
    """
    for folder in (_user_folder(), Path(tempfile.gettempdir()) / f"errata-{os.getuid()}"):
        if _usable(folder):
            return folder
    return Path(tempfile.mkdtemp(prefix="errata-"))


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then put it in place in one step.

    Two processes may do so at once: readers see one whole file or the other.
    """
    with tempfile.NamedTemporaryFile(prefix=f".{path.name}.", dir=path.parent, delete=False) as file:
        try:
            write(file)
            file.flush()
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _user_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification asks that a relative path be ignored.
    root = Path(base) if base and Path(base).is_absolute() else Path("~/.cache").expanduser()
    return root / "errata"


def _usable(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        seen = folder.lstat()
    except OSError:
        return False
    # In a shared temporary folder somebody else may have prepared the name.
    ours = stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid() and not seen.st_mode & 0o022
    return ours and os.access(folder, os.W_OK | os.X_OK)
