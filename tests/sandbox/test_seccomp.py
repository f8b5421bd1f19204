"""The filter's decisions, taken by a small interpreter of its instructions, for both machines."""

from __future__ import annotations

import errno
import socket
import struct
import tomllib
from pathlib import Path

import pytest

from harness.sandbox import seccomp
from harness.sandbox.seccomp import Profile, UnknownMachine, program

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_TABLE = tomllib.loads(Path(seccomp.__file__).with_name("syscalls.toml").read_text("utf-8"))
_NUMBERS = {name: row for group in _TABLE.values() for name, row in group.items()}
_READ = {"x86_64": 0, "aarch64": 63}


def decide(code: bytes, architecture: int, number: int, *arguments: int) -> str:
    """What the kernel would do: "allow", or the error's name ("pretend" for error 0)."""
    data = struct.pack("=IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    instructions = list(struct.iter_unpack("=HBBI", code))
    at = accumulator = 0
    while True:
        operation, if_true, if_false, constant = instructions[at]
        at += 1
        if operation == 0x20:
            accumulator = struct.unpack_from("=I", data, constant)[0]
        elif operation == 0x54:
            accumulator &= constant
        elif operation == 0x06:
            if constant == 0x7FFF0000:
                return "allow"
            assert constant >> 16 == 5
            return errno.errorcode.get(constant & 0xFFFF, "pretend")
        else:
            test = {
                0x15: accumulator == constant,
                0x35: accumulator >= constant,
                0x45: bool(accumulator & constant),
            }
            at += if_true if test[operation] else if_false


@pytest.fixture(params=_ARCHITECTURES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Filter:
    def __init__(self, machine: str, profile: Profile) -> None:
        self._code = program(profile, machine)
        self._architecture = _ARCHITECTURES[machine]
        self._column = list(_ARCHITECTURES).index(machine)

    def __call__(self, name: str, *arguments: int) -> str:
        return decide(self._code, self._architecture, _NUMBERS[name][self._column], *arguments)

    def number(self, number: int, architecture: int | None = None) -> str:
        return decide(self._code, architecture or self._architecture, number)


def test_ordinary_calls_are_allowed(machine: str) -> None:
    assert Filter(machine, Profile()).number(_READ[machine]) == "allow"


@pytest.mark.parametrize("group", ["tracing", "async_io", "keyrings", "mounts", "hidden_memory", "kernel"])
def test_dangerous_groups_are_denied(machine: str, group: str) -> None:
    filtering = Filter(machine, Profile())
    there = [name for name in _TABLE[group] if _NUMBERS[name][list(_ARCHITECTURES).index(machine)]]
    assert {filtering(name) for name in there} == {"EPERM"}


def test_other_architectures_are_denied(machine: str) -> None:
    i386 = 0x40000003
    assert Filter(machine, Profile()).number(20, i386) == "EPERM"


def test_x32_calls_are_denied_on_x86_64() -> None:
    assert Filter("x86_64", Profile()).number(0x40000000 | 39) == "EPERM"


def test_sockets_are_of_the_families_left_open_and_never_raw(machine: str) -> None:
    closed = Filter(machine, Profile())
    assert closed("socket", socket.AF_INET, socket.SOCK_STREAM) == "EAFNOSUPPORT"
    some = Filter(machine, Profile(families=(socket.AF_UNIX, socket.AF_INET)))
    assert some("socket", socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) == "allow"
    assert some("socket", socket.AF_UNIX, socket.SOCK_DGRAM) == "allow"
    assert some("socket", socket.AF_INET, socket.SOCK_RAW) == "EPERM"
    assert some("socket", 40, socket.SOCK_STREAM) == "EAFNOSUPPORT"


def test_the_upper_half_of_an_argument_hides_nothing(machine: str) -> None:
    some = Filter(machine, Profile(families=(socket.AF_INET,)))
    assert some("socket", 1 << 32 | 40, socket.SOCK_STREAM) == "EAFNOSUPPORT"
    assert some("ioctl", 0, 1 << 32 | 0x5412) == "EPERM"


def test_socket_pairs_work_without_any_family(machine: str) -> None:
    filtering = Filter(machine, Profile())
    assert filtering("socketpair", socket.AF_UNIX, socket.SOCK_STREAM) == "allow"
    assert filtering("socketpair", 30, socket.SOCK_STREAM) == "EAFNOSUPPORT"


def test_processes_start_but_not_in_new_namespaces(machine: str) -> None:
    filtering = Filter(machine, Profile())
    assert filtering("clone", 17) == "allow"
    assert {filtering("clone", 17 | 1 << bit) for bit in (17, 25, 26, 27, 28, 29, 30)} == {"EPERM"}
    assert filtering("clone3") == "ENOSYS"


def test_terminals_are_usable_but_not_written_into(machine: str) -> None:
    filtering = Filter(machine, Profile())
    tcgets = 0x5401
    assert filtering("ioctl", 0, tcgets) == "allow"
    assert [filtering("ioctl", 0, request) for request in (0x5412, 0x541C)] == ["EPERM"] * 2


def test_limits_and_priorities_of_others_are_out_of_reach(machine: str) -> None:
    filtering = Filter(machine, Profile())
    assert [filtering("prlimit64", pid) for pid in (0, 4711)] == ["allow", "EPERM"]
    assert [filtering("setpriority", 0, who) for who in (0, 4711)] == ["allow", "EPERM"]


def test_metadata_calls_can_be_made_to_do_nothing(machine: str) -> None:
    assert Filter(machine, Profile())("fchmodat") == "allow"
    pretending = Filter(machine, Profile(pretend_metadata=True))
    assert {pretending(name) for name in ("fchmod", "fchmodat", "fchownat", "utimensat", "setxattr")} == {
        "pretend"
    }


def test_signals_can_be_denied(machine: str) -> None:
    assert Filter(machine, Profile())("kill", 4711, 9) == "allow"
    silent = Filter(machine, Profile(signals=False))
    assert {silent(name) for name in ("kill", "tkill", "tgkill", "pidfd_send_signal")} == {"EPERM"}


def test_an_unknown_machine_is_refused_by_name() -> None:
    with pytest.raises(UnknownMachine, match=r"supports x86_64 and aarch64, and this machine is riscv64"):
        program(Profile(), "riscv64")
