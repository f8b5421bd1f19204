"""A private view of the file system, where the kernel lets this process have one.

Everything becomes read-only but one folder.  Some folders are covered with an empty, size-bounded
tmpfs; what lies in them and is needed is bound again at its own path.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from .libc import (
    CLONE_NEWNS,
    CLONE_NEWUSER,
    MS_BIND,
    MS_NODEV,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    mount,
    set_read_only,
    unshare,
)


def separate(*, new_user_namespace: bool, others: int = 0) -> None:
    """Leave the host's mount namespace, and ``others``; raises OSError where the kernel refuses."""
    uid, gid = os.geteuid(), os.getegid()
    unshare(CLONE_NEWNS | others | (CLONE_NEWUSER if new_user_namespace else 0))
    if new_user_namespace:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    mount("none", "/", "none", MS_REC | MS_PRIVATE)


def make_read_only(but: str) -> None:
    """Every mount but the folder ``but``, which becomes a mount of its own."""
    mount(but, but, "none", MS_BIND)
    set_read_only("/", True, recursive=True)
    set_read_only(but, False, recursive=False)


def cover(folder: str, *, size: int, mode: int, keep: Iterable[str]) -> None:
    """Cover ``folder`` with a tmpfs of ``size`` bytes, leaving the paths ``keep`` inside it visible."""
    inside = _outermost([path for path in keep if Path(path).is_relative_to(folder)])
    handles = [(path, os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in inside]
    mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, f"size={size},mode={mode:o}")
    for path, handle in handles:
        Path(path).parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        if Path(f"/proc/self/fd/{handle}").is_dir():
            Path(path).mkdir(mode=0o755)
        else:
            Path(path).touch()
        mount(f"/proc/self/fd/{handle}", path, "none", MS_BIND | MS_REC)
        os.close(handle)


def _outermost(paths: Sequence[str]) -> list[str]:
    found: list[str] = []
    for path in sorted(set(paths)):
        if not any(Path(path).is_relative_to(other) for other in found):
            found.append(path)
    return found
