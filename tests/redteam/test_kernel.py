"""Attacks 22 to 25 and 45: the kernel's less travelled entrances."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import pytest

from tests.redteam.conftest import Attack

pytestmark = pytest.mark.redteam


def test_22_namespaces_and_mounts_are_denied(ask: Callable[..., Any]) -> None:
    found = ask("""
        new_user, new_mount = 0x10000000, 0x00020000
        answer([call(272, 97, new_user), call(272, 97, new_mount), call(308, 268, 0, 0),
            call(165, 40, 0, 0, 0, 0, 0), call(155, 41, 0, 0), call(161, 51, b"."),
            call(430, 430, b"tmpfs", 0), call(429, 429, 0, 0, 0, 0, 0),
            call(56, 220, new_user | signal.SIGCHLD, 0, 0, 0, 0), call(435, 435, 0, 0)])
    """)
    assert found == ["EPERM"] * 9 + ["ENOSYS"]


def test_23_looking_into_other_processes_is_denied(ask: Callable[..., Any]) -> None:
    found = ask("""
        answer([call(101, 117, 16, os.getppid(), 0, 0), call(310, 270, os.getppid(), 0, 0, 0, 0, 0),
            call(311, 271, os.getppid(), 0, 0, 0, 0, 0), call(321, 280, 0, 0, 0),
            call(298, 241, 0, 0, -1, -1, 0), call(323, 282, 0), call(438, 438, 0, 0, 0)])
    """)
    assert found == ["EPERM"] * 7


def test_23_kernel_modules_and_clocks_are_denied(ask: Callable[..., Any]) -> None:
    found = ask("""
        answer([call(175, 105, 0, 0, 0), call(313, 273, 0, 0, 0), call(246, 104, 0, 0, 0, 0),
            call(169, 142, 0, 0, 0), call(164, 170, 0, 0), call(170, 161, b"x", 1), call(103, 116, 3, 0, 0)])
    """)
    assert found == ["EPERM"] * 7


def test_24_nothing_can_be_typed_into_a_terminal(ask: Callable[..., Any]) -> None:
    found = ask("""
        typed = [call(16, 29, 0, 0x5412, b"x"), call(16, 29, 0, 0x541C, b"x")]
        answer([*typed, errno_of(open, "/dev/tty", "r+b", 0)])
    """)
    assert found[:2] == ["EPERM"] * 2
    assert found[2] in {"ENXIO", "EACCES", "ENOENT"}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="these call conventions exist on x86_64 only")
def test_25_system_calls_of_other_conventions_are_denied(attack: Attack) -> None:
    x32 = attack("answer(call(0x40000000 | 39, 0))")
    assert x32.stdout.strip() == b'"EPERM"'
    old = attack("""
        import mmap
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20 (getpid); int 0x80; ret
        call_page = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
        answer(call_page())
    """)
    # A kernel without 32-bit support kills the process instead.
    assert old.stdout.strip() == b"-1" or old.signal is not None


def test_45_the_memory_of_the_launcher_cannot_be_written(ask: Callable[..., Any]) -> None:
    found = ask("""
        answer([errno_of(open, f"/proc/{pid}/{name}", "r+b", 0)
            for pid in (1, os.getppid()) for name in ("mem", "environ", "maps", "fd")])
    """)
    assert set(found) <= {"EACCES", "EPERM", "ENOENT", "EISDIR"}
