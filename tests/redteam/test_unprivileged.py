"""The same walls where the harness is an ordinary user, who owns files that the run must not touch.

A suite started by an ordinary user tests this everywhere; started by root, it becomes "nobody" here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness

pytestmark = [
    pytest.mark.redteam,
    pytest.mark.skipif(os.geteuid() != 0, reason="the whole suite already runs as an ordinary user"),
]

_NOBODY = 65534
_HOST = """
import json, os, subprocess, sys
from pathlib import Path
from harness.model import Limits
from harness.sandbox import open_backend
from harness.sandbox.warm import open_warm
import harness.sandbox.backend.landlock as landlock

if sys.argv[2] == "shared":  # as on a kernel that forbids private mounts to ordinary users
    landlock._may_separate = lambda: False
home = Path.cwd()
(home / "scratch").mkdir()
(home / "own").write_text("as it was")
(home / "own").chmod(0o644)
box = open_backend(sys.argv[1])
if sys.argv[2] == "rooms":
    serve = ["import os, sys", "sys.path.insert(0, os.environ['ERRATA_ROOMS'])", "from stage2 import room"]
    command = [sys.executable, "-I", "-S", "-c", "; ".join([*serve, "room.serve(0)"])]
    box = open_warm(box, command, {}, [home / "own"])
before = (home / "own").stat()
with subprocess.Popen(["sleep", "60"]) as bystander:
    attack = Path("attack.py").read_text().replace("BYSTANDER", str(bystander.pid)).replace("HOME", str(home))
    command = [sys.executable, "-I", "-c", attack]
    outcome = box.run(command, scratch=home / "scratch", limits=Limits(), readable=[home / "own"])
    survived = bystander.poll() is None
    bystander.kill()
huge = [sys.executable, "-I", "-c", "import os, time; os.fork(); os.fork(); b = b'x' * 2**27; time.sleep(30)"]
killed = box.run(huge, scratch=home / "scratch", limits=Limits(memory_bytes=2**28)).killed
after = (home / "own").stat()
print(json.dumps({
    "found": json.loads(outcome.stdout or "null"), "errors": outcome.stderr.decode(), "survived": survived,
    "same": (before.st_mode, before.st_mtime_ns) == (after.st_mode, after.st_mtime_ns), "killed": killed,
    "new": (home / "new").exists(), "text": (home / "own").read_text(),
    "written": (home / "scratch" / "kept").exists(),
}))
"""
_ATTACK = """
import ctypes, errno, json, os, socket
def errno_of(action, *arguments):
    try:
        action(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return "done"
for change in (lambda: os.chmod("HOME/own", 0o777), lambda: os.utime("HOME/own", (1, 1))):
    errno_of(change)  # may be refused or pretended; the host looks whether it had an effect
libc = ctypes.CDLL(None)
open("kept", "w").close()
print(json.dumps({
    "uid": os.getuid(),
    "write": [errno_of(open, path, "w") for path in ("HOME/own", "/var/tmp/new")],
    "new": errno_of(open, "HOME/new", "w"),  # may be allowed in a folder that only the run sees
    "read": [errno_of(open, path) for path in ("HOME/attack.py", "/etc/shadow")],
    "kill": errno_of(os.kill, BYSTANDER, 9),
    "kill all": errno_of(os.kill, -1, 9),  # the kernel calls it a success if all was refused
    "memory": [errno_of(open, f"/proc/{pid}/mem", "rb") for pid in (os.getppid(), BYSTANDER)],
    "network": errno_of(socket.create_connection, ("127.0.0.1", 9), 3),
    "namespace": libc.unshare(0x10000000),
    "terminal": errno_of(open, "/dev/tty"),
}))
"""


@pytest.fixture(scope="module")
def interpreter() -> str:
    """A Python that nobody may execute: root's own often lies in root's home."""
    for candidate in (sys.executable, shutil.which("python3", path="/usr/local/bin:/usr/bin")):
        check = "import sys; sys.exit(sys.version_info < (3, 11))"
        try:
            command = [candidate or "", "-I", "-c", check]
            if (
                subprocess.run(command, user=_NOBODY, group=_NOBODY, extra_groups=[], check=False).returncode
                == 0
            ):
                return command[0]
        except OSError:
            continue
    pytest.skip("no Python 3.11 that an ordinary user may execute")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of nobody's, with the harness in it, where nobody can go."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        package = Path(harness.__file__).parent
        shutil.copytree(package, folder / "harness", ignore=shutil.ignore_patterns("__py*"))
        (folder / "host.py").write_text(_HOST)
        (folder / "attack.py").write_text(_ATTACK)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY)
        yield folder


@pytest.mark.parametrize(
    ("backend", "mounts"),
    [("bubblewrap", "private"), ("bubblewrap", "rooms"), ("landlock", "private"), ("landlock", "shared")],
)
def test_an_ordinary_users_files_and_processes_are_safe(
    interpreter: str, home: Path, backend: str, mounts: str
) -> None:
    done = subprocess.run(
        [interpreter, "host.py", backend, mounts],
        cwd=home,
        env={"PYTHONPATH": str(home)},
        user=_NOBODY,
        group=_NOBODY,
        extra_groups=[],
        capture_output=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    said = json.loads(done.stdout)
    found = said.pop("found")
    assert said == {
        "errors": "",
        "survived": True,
        "same": True,
        "killed": "memory",
        "new": False,
        "text": "as it was",
        "written": True,
    }
    assert found["uid"] == _NOBODY
    assert set(found["write"]) <= {"EROFS", "EACCES", "ENOENT"}
    assert set(found["read"]) <= {"EACCES", "ENOENT"}
    assert found["kill"] in {"EPERM", "ESRCH"}
    assert set(found["memory"]) <= {"EACCES", "ENOENT", "EPERM"}
    assert found["network"] in {"EAFNOSUPPORT", "ECONNREFUSED"}
    assert found["namespace"] == -1
    assert found["terminal"] != "done"
