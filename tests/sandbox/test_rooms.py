"""Warm processes: what their runs get, and that nothing of them is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import harness.scratch
from harness.model import Killed, Limits
from harness.sandbox import SandboxFailed, SandboxUnavailable, open_backend, warm
from harness.sandbox.wall import pair_that_names_senders, receive
from harness.sandbox.warm import WarmSandbox, open_warm

_SERVE = """
import os, sys
ready = os.getpid()
sys.path.insert(0, os.environ["ERRATA_ROOMS"])
from stage2 import room
room.serve(0)
exec(sys.stdin.read())
"""
_COMMAND = [sys.executable, "-I", "-S", "-B", "-c", _SERVE]


@pytest.fixture(scope="module")
def opened() -> Iterator[WarmSandbox]:
    with contextlib.closing(open_warm(open_backend("bubblewrap"), _COMMAND, {"KIND": "warm"}, [])) as sandbox:
        yield sandbox


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def test_who_sent_the_first_word_is_known_though_it_came_before_we_listened() -> None:
    ours, theirs = pair_that_names_senders(socket.SOCK_STREAM)
    with ours, theirs:
        theirs.send(b"here")
        assert receive(ours, 1.0) == os.getpid()


def test_its_own_command_goes_on_in_the_fork(opened: WarmSandbox, scratch: Path) -> None:
    (scratch / "given").write_text("in")
    records: list[bytes] = []
    outcome = opened.run(
        _COMMAND,
        scratch=scratch,
        limits=Limits(),
        stdin=b"""
print(ready > 0, os.getpid(), open("given").read(), os.environ["HOME"] == os.getcwd(), os.environ["KIND"])
open("made", "w").write("out")
os.write(int(os.environ["ERRATA_RECORDS"]), b"a record\\n")
sys.exit(3)
""",
        environment={"KIND": "warm"},
        on_record=records.append,
    )
    assert (outcome.exit_code, outcome.stdout) == (3, b"True 2 in True warm\n")
    assert records == [b"a record"]
    assert (scratch / "made").read_text() == "out"


def test_another_command_is_started_afresh_in_the_room(opened: WarmSandbox, scratch: Path) -> None:
    program = "import os; print('ready' in globals(), os.getpid(), os.environ['KIND'])"
    outcome = opened.run(
        [sys.executable, "-I", "-c", program], scratch=scratch, limits=Limits(), environment={"KIND": "other"}
    )
    assert outcome.stdout == b"False 2 other\n"


def test_it_confines_like_the_sandbox_behind_whose_walls_it_is(opened: WarmSandbox) -> None:
    ours, theirs = opened.confinement, open_backend("bubblewrap").confinement
    assert ours.detail == f"{theirs.detail}; forked from a warm process"
    names = ("backend", "network", "filesystem", "processes", "system_calls", "privileges", "limits")
    assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"environment": {"KIND": "cold"}}, "other settings"),
        ({"environment": {"KIND": "warm"}, "readable": [Path("/etc/shadow")]}, "cannot see /etc/shadow"),
    ],
)
def test_what_its_process_was_not_started_for_is_refused(
    options: dict[str, object], reason: str, opened: WarmSandbox, scratch: Path
) -> None:
    with pytest.raises(SandboxFailed, match=reason):
        opened.run(_COMMAND, scratch=scratch, limits=Limits(), **options)  # type: ignore[arg-type]
    assert scratch.is_dir()


def test_scratch_is_back_in_its_place_after_a_kill(opened: WarmSandbox, scratch: Path) -> None:
    outcome = opened.run(
        _COMMAND,
        scratch=scratch,
        limits=Limits(wall_seconds=0.5),
        stdin=b"open('made', 'w').close()\nimport time; time.sleep(60)",
        environment={"KIND": "warm"},
    )
    assert outcome.killed is Killed.WALL
    assert (scratch / "made").exists()


def test_a_hundred_runs_leave_nothing(scratch: Path) -> None:
    before = descriptors()
    sandbox = open_warm(open_backend("bubblewrap"), _COMMAND, {}, [])
    during = descriptors()
    with contextlib.closing(sandbox):
        for number in range(100):
            outcome = sandbox.run(
                _COMMAND, scratch=scratch, limits=Limits(), stdin=b"print(len(os.listdir('/proc/self/fd')))"
            )
            # 0, 1, 2 and the listing's own: the hundredth run inherits no more than the first.
            assert outcome.stdout == b"4\n", number
        assert descriptors() == during
    assert descriptors() == before


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; sys.exit('no framework here')", "did not start: no framework here"),
        ("import time; time.sleep(60)", "not ready after 0.5 seconds"),
        ("import os; os.write(0, b'nonsense')", "did not start"),
    ],
)
def test_a_process_that_does_not_get_ready_is_reported(
    program: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "sleep" in program:
        monkeypatch.setattr(warm, "_START_SECONDS", 0.5)
    before = descriptors()
    with pytest.raises(SandboxUnavailable, match=reason):
        open_warm(open_backend("bubblewrap"), [sys.executable, "-I", "-c", program], {}, [])
    assert descriptors() == before


def test_a_sandbox_without_walls_that_last_says_so() -> None:
    with pytest.raises(SandboxUnavailable, match="starts every run afresh"):
        open_warm(open_backend("none"), _COMMAND, {}, [])


def test_after_its_process_has_died_runs_are_refused(scratch: Path) -> None:
    with contextlib.closing(open_warm(open_backend("bubblewrap"), _COMMAND, {}, [])) as sandbox:
        os.kill(sandbox._wall.server, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while sandbox._wall._process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with pytest.raises(SandboxFailed, match="has ended"):
            sandbox.run(_COMMAND, scratch=scratch, limits=Limits())
        assert scratch.is_dir()


_HOST = f"""
import sys
from harness import scratch
from harness.model import Limits
from harness.sandbox import open_backend
from harness.sandbox.warm import open_warm
sandbox = open_warm(open_backend("bubblewrap"), {_COMMAND!r}, {{}}, [])
print(sandbox._wall.server, flush=True)
if sys.argv[1] == "leave":
    sys.exit()
with scratch.folder() as folder:
    def said(stream, data):
        print(data.decode().strip(), flush=True)
    code = b"print('begun', flush=True); import time; time.sleep(600)"
    limits = Limits(wall_seconds=600)
    sandbox.run({_COMMAND!r}, scratch=folder, limits=limits, stdin=code, on_output=said)
"""


@pytest.fixture
def host(tmp_path: Path) -> Callable[[str], subprocess.Popen[str]]:
    """Another harness process, whose temporary files lie in ``tmp_path``."""

    def start(what: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(_HOST), what],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def gone(pid: int, seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{pid}/exe").exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_harness_that_ends_takes_its_warm_process_along(
    host: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    with host("leave") as ending:
        said, complaints = ending.communicate(timeout=60)
    assert (ending.returncode, complaints) == (0, "")
    assert gone(int(said))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_or_killed_harness_leaves_nothing_alive(
    number: signal.Signals,
    host: Callable[[str], subprocess.Popen[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with host("run") as running:
        assert running.stdout is not None
        assert int(running.stdout.readline())
        assert running.stdout.readline() == "begun\n"
        started = below(running.pid)
        assert len(started) >= 5  # bubblewrap, its launcher, the warm process, a room's first, the run
        running.send_signal(number)
        running.communicate(timeout=60)
    assert all(map(gone, started))
    if number is signal.SIGKILL:
        # Nobody was left to tidy up; the next harness does, with its first scratch folder.
        assert list(tmp_path.iterdir()) != []
        monkeypatch.setattr(harness.scratch, "_FRESH_SECONDS", 0.0)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        with harness.scratch.folder():
            pass
    assert list(tmp_path.iterdir()) == []


def below(root: int) -> set[int]:
    """All processes that descend from one.

    Not by /proc/*/task/*/children: on a busy machine it may leave some out.
    """
    parents = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            parents[int(file.parent.name)] = int(file.read_text().rpartition(")")[2].split()[1])
    found, waiting = set(), [root]
    while waiting:
        parent = waiting.pop()
        fresh = [process for process, its in parents.items() if its == parent]
        found.update(fresh)
        waiting += fresh
    return found
