"""Hostile programs, and the boxes that must hold them.

Every test here runs against each backend.  The strongest one must be there: a machine without it
fails this suite, so that protection is never lost unnoticed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pytest

from harness.model import Limits, Outcome, Sandbox
from harness.sandbox import SandboxUnavailable, open_backend
from harness.sandbox.warm import WarmSandbox, open_warm
from harness.scratch import remove

_STRONGEST = "bubblewrap"
_ROOMS = "rooms"  # of a warm process behind the strongest walls
_LIMITS = Limits(wall_seconds=30)
_PRELUDE = """
import ctypes, errno, json, os, platform, signal, socket, sys, time
libc = ctypes.CDLL(None, use_errno=True)

def errno_of(action, *arguments):
    "The name of the error that an action raises; 'done' where it succeeds."
    try:
        action(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return "done"

def call(x86_64, aarch64, *arguments):
    "The name of the error of a system call by number; 'done' where it succeeds."
    number = {"x86_64": x86_64, "aarch64": aarch64}[platform.machine()]
    ctypes.set_errno(0)
    result = libc.syscall(number, *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]

def answer(value):
    print(json.dumps(value), flush=True)
"""


class Attack(Protocol):
    """Run a program in the box, in the test's scratch folder."""

    def __call__(
        self, code: str, *, limits: Limits = ..., scratch: Path | None = None, **options: Any
    ) -> Outcome: ...


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "box" in metafunc.fixturenames:
        metafunc.parametrize("box", [_STRONGEST, "landlock", _ROOMS], indirect=True, scope="session")


_SERVE = """
import os, sys
sys.path.insert(0, os.environ["ERRATA_ROOMS"])
from stage2 import room
room.serve(0)
"""


def open_rooms(readable: Sequence[Path] = ()) -> WarmSandbox:
    """Rooms in which every command is started afresh: their process has nothing ready."""
    command = [sys.executable, "-I", "-S", "-B", "-c", _SERVE]
    return open_warm(open_backend(_STRONGEST), command, {}, readable)


def open_box(name: str) -> Sandbox:
    return open_rooms() if name == _ROOMS else open_backend(name)


@pytest.fixture(scope="session")
def box(request: pytest.FixtureRequest) -> Sandbox:
    try:
        return open_box(request.param)
    except SandboxUnavailable as error:
        if request.param != "landlock":
            pytest.fail(f"the {_STRONGEST} sandbox must work here ({error}): apt install bubblewrap")
        pytest.skip(str(error))


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "scratch"
    folder.mkdir()
    yield folder
    remove(folder)  # some are deeper than pytest can remove


@pytest.fixture
def attack(box: Sandbox, scratch: Path) -> Attack:
    default = scratch

    def run(code: str, *, limits: Limits = _LIMITS, scratch: Path | None = None, **options: Any) -> Outcome:
        program = _PRELUDE + textwrap.dedent(code)
        command = [sys.executable, "-I", "-c", program]
        place = scratch or default
        if isinstance(box, WarmSandbox) and "readable" in options:
            # What its runs may read is settled when a warm process starts.
            with closing(open_rooms(options["readable"])) as other:
                return other.run(command, scratch=place, limits=limits, **options)
        return box.run(command, scratch=place, limits=limits, **options)

    return run


@pytest.fixture
def ask(attack: Attack) -> Callable[..., Any]:
    """Run a program that must end well, and return what it answers."""

    def run(code: str, **options: Any) -> Any:
        outcome = attack(code, **options)
        assert (outcome.exit_code, outcome.killed) == (0, None), outcome.stderr.decode(errors="replace")
        return json.loads(outcome.stdout.splitlines()[-1])

    return run


@pytest.fixture
def marker() -> Marker:
    return Marker()


class Marker:
    """A number of seconds that no other process on this machine sleeps, to find ours by."""

    def __init__(self) -> None:
        self.seconds = f"{3600 + uuid.uuid4().int % 10**9 / 10**9:.9f}"

    def alive(self) -> bool:
        """Whether some process carries the marker on its command line (``sleep <seconds>``)."""
        return any(self.seconds.encode() in _command_line(path) for path in Path("/proc").glob("[0-9]*"))

    def wait(self, *, alive: bool, seconds: float = 20.0) -> bool:
        """Whether that comes true in time."""
        deadline = time.monotonic() + seconds
        while self.alive() != alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


@pytest.fixture
def supervisor(box: Sandbox, scratch: Path) -> Callable[[str], subprocess.Popen[str]]:
    """Start another harness process that runs a program in the same kind of box."""

    def start(code: str) -> subprocess.Popen[str]:
        program = f"""
            import sys
            from pathlib import Path
            from harness.model import Limits
            from tests.redteam.conftest import open_box
            box = open_box({_ROOMS if isinstance(box, WarmSandbox) else box.name!r})
            print("ready", flush=True)
            try:
                command = [sys.executable, "-I", "-c", {code!r}]
                box.run(command, scratch=Path({str(scratch)!r}), limits=Limits())
            except KeyboardInterrupt:
                print("interrupted", flush=True)
        """
        command = [sys.executable, "-c", textwrap.dedent(program)]
        root = Path(__file__).parents[2]
        return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes().split(b"\0-c\0")[0]
    except OSError:
        return b""
