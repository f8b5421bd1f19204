"""The few system calls that Python's ``os`` does not offer."""

from __future__ import annotations

import ctypes
import os
import struct

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP = 1, 4, 22
_PR_CAPBSET_READ, _PR_CAPBSET_DROP = 23, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION = 0x20080522
_MOST_CAPABILITIES = 64

_MOUNT_SETATTR = 442  # the same on every machine
_MOUNT_ATTR_RDONLY, _AT_FDCWD, _AT_RECURSIVE = 1, -100, 0x8000

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = 0x08000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18


class _Program(ctypes.Structure):
    """``struct sock_fprog`` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _prctl(what: str, option: int, value: int, extra: ctypes.c_void_p | None = None) -> None:
    arguments = [ctypes.c_ulong(value), extra or ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)]
    _check(_libc.prctl(option, *arguments), what)


def set_parent_death_signal(number: int) -> None:
    _prctl("PR_SET_PDEATHSIG", _PR_SET_PDEATHSIG, number)


def set_dumpable(dumpable: bool) -> None:
    """A process that is not dumpable cannot be traced or read through /proc by its own user."""
    _prctl("PR_SET_DUMPABLE", _PR_SET_DUMPABLE, int(dumpable))


def become_subreaper() -> None:
    """Orphaned descendants become children of this process instead of the system's init."""
    _prctl("PR_SET_CHILD_SUBREAPER", _PR_SET_CHILD_SUBREAPER, 1)


def give_up_new_privileges() -> None:
    _prctl("PR_SET_NO_NEW_PRIVS", _PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up every capability, also those that a program started later could bring."""
    for number in range(_MOST_CAPABILITIES):
        if _libc.prctl(_PR_CAPBSET_READ, ctypes.c_ulong(number), 0, 0, 0) < 0:
            break  # the kernel knows no more
        _prctl("PR_CAPBSET_DROP", _PR_CAPBSET_DROP, number)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION, 0))
    none = ctypes.create_string_buffer(24)  # two of effective, permitted, inheritable
    _check(_libc.capset(header, none), "capset")


def install_filter(program: bytes) -> None:
    buffer = ctypes.create_string_buffer(program, len(program))
    fprog = _Program(len(program) // 8, ctypes.addressof(buffer))
    address = ctypes.c_void_p(ctypes.addressof(fprog))
    _prctl("PR_SET_SECCOMP", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, address)


def unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    texts = [text.encode() for text in (source, target, kind)]
    _check(_libc.mount(*texts, ctypes.c_ulong(flags), data.encode()), f"mount on {target}")


def set_read_only(path: str, read_only: bool, *, recursive: bool) -> None:
    """Change one attribute of a mount (``struct mount_attr``), whatever its others are."""
    bits = (_MOUNT_ATTR_RDONLY, 0) if read_only else (0, _MOUNT_ATTR_RDONLY)
    attributes = ctypes.create_string_buffer(struct.pack("=QQQQ", *bits, 0, 0), 32)
    target = ctypes.c_char_p(path.encode())
    flags = _AT_RECURSIVE if recursive else 0
    pointer = ctypes.cast(attributes, ctypes.c_void_p)
    call(_MOUNT_SETATTR, _AT_FDCWD, target, flags, pointer, 32, what=f"mount_setattr on {path}")


def call(number: int, *arguments: int | ctypes.c_void_p | ctypes.c_char_p, what: str) -> int:
    """A system call by number; raises OSError."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _check(_libc.syscall(ctypes.c_long(number), *wide), what)
