"""A run that attacks the warm process it was forked from: no other run's verdict may change."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from harness.model import Killed, Limits, Outcome
from harness.sandbox import open_backend
from harness.sandbox.warm import WarmSandbox, open_warm

pytestmark = pytest.mark.redteam

# Goes on in the fork, as the worker does: with all that the warm process had in memory.
_SERVE = """
import ctypes, errno, json, os, resource, signal, socket, sys, time
secret = "of the warm process"
sys.path.insert(0, os.environ["ERRATA_ROOMS"])
from stage2 import room
room.serve(0)
exec(sys.stdin.read())
"""
_COMMAND = [sys.executable, "-I", "-S", "-B", "-c", _SERVE]
_PEACEFUL = """
print("begun", flush=True)
time.sleep(SECONDS)
print(len(os.listdir("/tmp")), os.listdir("."), secret)
"""

Fork = Callable[..., Outcome]


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmSandbox]:
    with closing(open_warm(open_backend("bubblewrap"), _COMMAND, {}, [])) as opened:
        yield opened


@pytest.fixture
def fork(warm: WarmSandbox, tmp_path: Path) -> Fork:
    count = iter(range(100))

    def run(code: str, limits: Limits | None = None) -> Outcome:
        scratch = tmp_path / str(next(count))
        scratch.mkdir()
        return warm.run(
            _COMMAND,
            scratch=scratch,
            limits=limits or Limits(wall_seconds=60),
            stdin=code.encode(),
            on_record=lambda line: None,
        )

    return run


_ATTACKS = {
    "signals": """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
            for pid in [1, os.getppid(), *range(3, 3000)]:
                try:
                    os.kill(pid, number)
                except OSError:
                    pass
        try:
            os.kill(-1, signal.SIGKILL)
        except OSError:
            pass
    """,
    "tracing": """
        libc = ctypes.CDLL(None)
        for pid in (1, os.getppid()):
            assert libc.ptrace(16, pid, 0, 0) == -1  # PTRACE_ATTACH
    """,
    "memory through /proc": """
        for name in ("mem", "environ", "fd", "root", "cwd", "maps", "stack"):
            try:
                open(f"/proc/1/{name}", "r+b").write(b"0")
            except OSError as error:
                assert error.errno in (errno.EACCES, errno.EPERM, errno.EISDIR), (name, error)
            else:
                raise AssertionError(name)
        assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (1, os.getpid())]
    """,
    "descriptors": """
        for number in range(3, 1024):
            try:
                os.write(number, b"ready")
                os.read(number, 100)
            except OSError:
                pass
        os.closerange(3, 1024)
    """,
    "sockets": """
        assert open("/proc/net/unix").read().count(chr(10)) == 1  # its heading
        for name in ("", "errata", "ready"):
            with socket.socket(socket.AF_UNIX) as one:
                try:
                    one.connect(chr(0) + name)
                except OSError:
                    pass
    """,
    "namespaces": """
        libc = ctypes.CDLL(None)
        for flag in (0x10000000, 0x00020000, 0x20000000, 0x40000000):
            assert libc.unshare(flag) == -1
        for place in (b"/tmp", b"/proc", b"/dev/shm", os.getcwd().encode()):
            assert libc.umount2(place, 2) == -1
    """,
    "privileges": """
        status = dict(line.split(":", 1) for line in open("/proc/self/status"))
        for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(status[kind], 16) == 0, kind
        assert int(status["NoNewPrivs"]) == 1 and int(status["Seccomp"]) == 2
        more = os.open("/proc/self/uid_map", os.O_WRONLY)
        for action in (lambda: os.setuid(0), lambda: os.write(more, b"0 0 1"),
                       lambda: resource.setrlimit(resource.RLIMIT_NPROC, (10**6, 10**6))):
            try:
                action()
            except (OSError, ValueError):
                pass
            else:
                raise AssertionError("a right was gained")
    """,
    "inherited memory": """
        kinds = {line: line.split()[1] for line in open("/proc/self/maps")}
        shared = [line for line, kind in kinds.items() if "w" in kind and "s" in kind]
        assert not shared, shared
        secret = "overwritten"
    """,
    "pipes": """
        for number in (1, 2, 3):
            os.set_blocking(number, False)
            try:
                while os.write(number, b"x" * 65536):
                    time.sleep(0.0001)
            except OSError:
                pass
    """,
    "terminals": """
        first, second = os.openpty()
        os.write(first, b"typed")
        assert os.listdir("/dev/pts") in (["0", "ptmx"], ["ptmx", "0"])
    """,
}


@pytest.mark.parametrize("attack", _ATTACKS)
def test_47_an_attack_on_the_warm_parent_reaches_no_run_beside_or_after(attack: str, fork: Fork) -> None:
    with ThreadPoolExecutor(1) as pool:
        beside: Future[Outcome] = pool.submit(fork, _PEACEFUL.replace("SECONDS", "1.5"))
        attacked = fork(textwrap.dedent(_ATTACKS[attack]) + "\nprint('attacked', flush=True)")
        after = fork(_PEACEFUL.replace("SECONDS", "0"))
    if attack != "pipes":
        assert attacked.stdout.endswith(b"attacked\n"), attacked
    expected = b"begun\n1 [] of the warm process\n"
    for peaceful in (beside.result(), after):
        assert (peaceful.exit_code, peaceful.killed, peaceful.stderr) == (0, None, b"")
        assert peaceful.stdout == expected


@pytest.mark.parametrize(
    ("bomb", "killed"),
    [
        ("b = bytearray(2**29)\nfor i in range(0, len(b), 4096): b[i] = 1\ntime.sleep(30)", Killed.MEMORY),
        ("while True: os.write(1, b'x' * 65536)", Killed.OUTPUT),
        # One that ends where it is refused a process is gone before anybody has counted.
        ("while True:\n try: os.fork()\n except OSError: time.sleep(0.1)", Killed.PROCESSES),
        ("while True: pass", Killed.CPU),
        ("time.sleep(60)", Killed.WALL),
    ],
)
def test_48_each_run_has_limits_of_its_own(bomb: str, killed: Killed, fork: Fork) -> None:
    seconds = 1 if killed is Killed.WALL else 60
    limits = Limits(memory_bytes=2**28, processes=30, cpu_seconds=1, wall_seconds=seconds, output_bytes=2**20)
    outcome = fork(bomb, limits)
    assert outcome.killed is killed or b"MemoryError" in outcome.stderr
    assert fork("print('well')").stdout == b"well\n"
