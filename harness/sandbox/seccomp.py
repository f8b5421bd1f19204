"""A system-call filter, assembled by hand: classic BPF over ``struct seccomp_data``.

A denied call fails with an error number instead of killing the process, so that a tutorial that
merely probes for a facility goes on.  The format is that of ``linux/filter.h`` (eight bytes for an
instruction: code, jump if true, jump if false, constant) and of ``linux/seccomp.h``.
"""

from __future__ import annotations

import errno
import platform
import socket
import struct
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _MASK, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

_X32_BIT = 0x40000000  # call numbers of the x32 ABI, which share x86_64's architecture number
_NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_SOCKET_TYPES = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET)

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*; columns of syscalls.toml
_DENIED = ("tracing", "async_io", "keyrings", "mounts", "hidden_memory", "kernel")


@dataclass(frozen=True)
class Instruction:
    code: int
    constant: int
    if_true: int = 0
    if_false: int = 0


@dataclass(frozen=True)
class Profile:
    """What a backend's filter leaves open; the rest is the same for all."""

    families: tuple[int, ...] = ()  # address families that socket() may use
    pretend_metadata: bool = False  # chmod, chown, utime, xattr: report success and do nothing
    signals: bool = True  # False: no signal can be sent, where nothing else bounds the receivers


class UnknownMachine(RuntimeError):
    """The filter knows no system call numbers for this machine."""


def program(profile: Profile, machine: str | None = None) -> bytes:
    """The filter as an array of ``struct sock_filter``; raises UnknownMachine."""
    machine = machine or platform.machine()
    if machine not in _ARCHITECTURES:
        known = " and ".join(_ARCHITECTURES)
        raise UnknownMachine(f"the system call filter supports {known}, and this machine is {machine}")
    numbers = {
        name: row[list(_ARCHITECTURES).index(machine)]
        for group in _groups().values()
        for name, row in group.items()
    }
    code = _header(_ARCHITECTURES[machine], x32=machine == "x86_64")
    for name, error in _denied(profile):
        if numbers[name]:
            code += _case(numbers[name], [_deny(error)])
    for name, body in _conditions(profile).items():
        code += _case(numbers[name], body)
    code.append(Instruction(_RETURN, _ALLOW))
    return b"".join(struct.pack("=HBBI", i.code, i.if_true, i.if_false, i.constant) for i in code)


def _header(architecture: int, *, x32: bool) -> list[Instruction]:
    """Deny calls of any other architecture (32-bit entry points), then load the call's number."""
    code = [
        Instruction(_LOAD, _ARCHITECTURE),
        Instruction(_EQUAL, architecture, 1, 0),
        _deny(errno.EPERM),
        Instruction(_LOAD, _NUMBER),
    ]
    if x32:
        code += [Instruction(_AT_LEAST, _X32_BIT, 0, 1), _deny(errno.EPERM)]
    return code


@cache
def _groups() -> dict[str, dict[str, list[int]]]:
    return tomllib.loads(Path(__file__).with_name("syscalls.toml").read_text("utf-8"))


def _denied(profile: Profile) -> Iterable[tuple[str, int]]:
    groups = _groups()
    for group in _DENIED:
        yield from ((name, errno.EPERM) for name in groups[group])
    # The C library falls back to clone(), whose flags a filter can read.
    yield "clone3", errno.ENOSYS
    if profile.pretend_metadata:
        yield from ((name, 0) for name in groups["metadata"])
    if not profile.signals:
        yield from ((name, errno.EPERM) for name in (*groups["signals"], "tgkill"))


def _conditions(profile: Profile) -> dict[str, list[Instruction]]:
    """Calls whose arguments decide; each body ends in a return."""
    return {
        "socket": _socket(profile.families),
        "socketpair": [_argument(0), *_unless_equal([socket.AF_UNIX], errno.EAFNOSUPPORT), _allow()],
        "clone": [
            _argument(0),
            Instruction(_ANY_BIT, _NEW_NAMESPACES, 0, 1),
            _deny(errno.EPERM),
            _allow(),
        ],
        "ioctl": [_argument(1), *_if_equal(_TERMINAL_INJECTION, errno.EPERM), _allow()],
        # Both act on other processes of the same user when their target is not 0 ("this one").
        "prlimit64": [_argument(0), *_unless_equal([0], errno.EPERM), _allow()],
        "setpriority": [_argument(1), *_unless_equal([0], errno.EPERM), _allow()],
    }


def _socket(families: tuple[int, ...]) -> list[Instruction]:
    if not families:
        return [_deny(errno.EAFNOSUPPORT)]
    return [
        _argument(0),
        *_unless_equal(families, errno.EAFNOSUPPORT),
        _argument(1),
        Instruction(_MASK, 0xF),  # without SOCK_CLOEXEC and SOCK_NONBLOCK
        *_unless_equal(_SOCKET_TYPES, errno.EPERM),
        _allow(),
    ]


def _case(number: int, body: list[Instruction]) -> list[Instruction]:
    return [Instruction(_EQUAL, number, 0, len(body)), *body]


def _unless_equal(values: Iterable[int], error: int) -> list[Instruction]:
    values = list(values)
    tests = [Instruction(_EQUAL, value, len(values) - i, 0) for i, value in enumerate(values)]
    return [*tests, _deny(error)]


def _if_equal(values: Iterable[int], error: int) -> list[Instruction]:
    return [i for value in values for i in (Instruction(_EQUAL, value, 0, 1), _deny(error))]


def _argument(index: int) -> Instruction:
    """Load the low half of an argument: the kernel reads these arguments as 32-bit numbers."""
    return Instruction(_LOAD, _ARGUMENTS + 8 * index)


def _allow() -> Instruction:
    return Instruction(_RETURN, _ALLOW)


def _deny(error: int) -> Instruction:
    return Instruction(_RETURN, _ERRNO | error)
