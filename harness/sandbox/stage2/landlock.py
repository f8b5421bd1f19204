"""Landlock: this process gives up every right to files and TCP that it is not left explicitly.

Structures and numbers are those of ``linux/landlock.h``; the call numbers are the same on every
machine.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct

from .libc import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION_QUERY = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_FIRST_ABI = (1 << 13) - 1  # the thirteen rights of ABI 1
_ADDED = ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV))
_TCP = 0b11  # bind, connect (ABI 4)
_SCOPES = 0b11  # abstract UNIX sockets, signals (ABI 6)

READ = _EXECUTE | _READ_FILE | _READ_DIR
DEVICE = _READ_FILE | _WRITE_FILE
# Everything but device nodes and ioctl on them.
WRITE = (_FIRST_ABI | _REFER | _TRUNCATE) & ~(1 << 6) & ~(1 << 11)
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV


def abi() -> int:
    """The kernel's Landlock version; raises OSError where it has none."""
    return call(_CREATE, 0, 0, _VERSION_QUERY, what="landlock_create_ruleset")


def restrict(rights: Iterable[tuple[str, int]]) -> None:
    """Keep only ``rights``: (path, READ | WRITE | DEVICE); a path that does not exist is passed over."""
    version = abi()
    files = _FIRST_ABI
    for since, right in _ADDED:
        files |= right if version >= since else 0
    attributes = struct.pack("=QQQ", files, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = call(_CREATE, _address(attributes), size, 0, what="landlock_create_ruleset")
    for path, right in rights:
        _allow(ruleset, path, right & files)
    call(_RESTRICT, ruleset, 0, what="landlock_restrict_self")
    os.close(ruleset)


def _allow(ruleset: int, path: str, right: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            right &= _OF_FILES
        beneath = struct.pack("=Qi", right, handle)
        call(_ADD_RULE, ruleset, _PATH_BENEATH, _address(beneath), 0, what=f"landlock rule for {path}")
    finally:
        os.close(handle)


def _address(data: bytes) -> ctypes.c_void_p:
    return ctypes.cast(ctypes.create_string_buffer(data, len(data)), ctypes.c_void_p)
