"""How much memory runs may take."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_PROC, _GROUPS = Path("/proc"), Path("/sys/fs/cgroup")


def available() -> int:
    """Bytes that can be had without swapping: the machine's, or less where a control group allows less."""
    return max(0, min(_of_machine(), *_of_groups(), os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")))


def _of_machine() -> int:
    with contextlib.suppress(OSError, KeyError, ValueError):
        return _numbers(_PROC / "meminfo")["MemAvailable"] * 1024
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _of_groups() -> Iterator[int]:
    """What each control group above this process, each bounded by the next, has left."""
    with contextlib.suppress(OSError, KeyError, ValueError):
        own = next(
            line[3:] for line in (_PROC / "self/cgroup").read_text().splitlines() if line.startswith("0::")
        )
        folder = _GROUPS / own.strip("/")
        for group in (folder, *folder.parents):
            if group.is_relative_to(_GROUPS) and (group / "memory.max").exists():
                bound = (group / "memory.max").read_text().strip()
                if bound != "max":
                    # Pages of files that nobody uses are given back before anybody is refused.
                    spare = _numbers(group / "memory.stat")["inactive_file"]
                    yield int(bound) - int((group / "memory.current").read_text()) + spare


def _numbers(path: Path) -> dict[str, int]:
    rows = (line.replace(":", " ").split() for line in path.read_text().splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) > 1}
