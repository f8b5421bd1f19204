"""What of the host a confined Python program must be able to read."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# Of /etc only what the loader, the clock and plotting read; names and secrets stay outside.
ETC = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/fonts",
)
# Frameworks size their thread pools from these.
PROCESSORS = ("/sys/devices/system/cpu", "/sys/devices/system/node")


def prefixes() -> tuple[Path, ...]:
    """The folders of the running interpreter and of its virtual environment, outermost only."""
    given = [Path(p) for p in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)]
    return outermost([*given, *(path.resolve() for path in given)])


def links() -> tuple[tuple[Path, str], ...]:
    """Symbolic links outside ``prefixes()`` through which the interpreter is reached: (link, target)."""
    found = []
    hop = Path(sys.executable)
    for _ in range(40):  # the kernel's own bound on chains of links
        if not hop.is_symlink():
            break
        target = str(hop.readlink())
        if not _covered(hop, [*prefixes(), *map(Path, SYSTEM)]):
            found.append((hop, target))
        hop = hop.parent / target
    return tuple(found)


def outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """``paths`` without doubles and without those that lie inside another one."""
    found: list[Path] = []
    for path in sorted(set(paths), key=lambda p: len(p.parts)):
        if not _covered(path, found):
            found.append(path)
    return tuple(found)


def _covered(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
