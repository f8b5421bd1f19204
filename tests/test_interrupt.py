"""Ctrl-C while an article runs: the real command, the real sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ENDLESS = "# Endless\n\n```python\nimport time\n\nwhile True:\n    time.sleep(0.01)\n```\n"


def processes() -> dict[int, tuple[int, str]]:
    """Process -> its parent, and its start time, which tells it from a later one with that number."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z":
            found[int(folder.name)] = (int(fields[1]), fields[19])
    return found


def below(root: int) -> dict[int, str]:
    """All descendants of a process, with their start times."""
    alive = processes()
    tree: dict[int, str] = {}
    grown = True
    while grown:
        new = {pid: born for pid, (parent, born) in alive.items() if parent == root or parent in tree}
        grown = new != tree
        tree = new
    return tree


def command_lines(tree: dict[int, str]) -> str:
    lines = []
    for pid in tree:
        try:
            lines.append(Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return "\n".join(lines)


@contextmanager
def reviewing(folder: Path, hangup: signal.Handlers = signal.SIG_DFL) -> Iterator[subprocess.Popen[str]]:
    """A review of an endless article whose worker has started; ``hangup`` is what it inherits for SIGHUP."""
    (folder / "endless.md").write_text(ENDLESS)
    (folder / "scratch").mkdir()
    # Said each time: these tests themselves may run under nohup.
    inherit = f"import signal; signal.signal(signal.SIGHUP, {int(hangup)})"
    command = [sys.executable, "-c", f"{inherit}; import sys; from harness.cli import main; sys.exit(main())"]
    with subprocess.Popen(
        [*command, "review", str(folder / "endless.md"), "--output", str(folder / "out.txt")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(folder / "scratch")},
        text=True,
        start_new_session=True,
    ) as running:
        deadline = time.monotonic() + 60
        while "harness.run.worker" not in command_lines(below(running.pid)):
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < deadline, "no worker was started"
            time.sleep(0.05)
        yield running


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_survives_an_interrupted_review(tmp_path: Path, number: signal.Signals) -> None:
    with reviewing(tmp_path) as running:
        tree = below(running.pid)
        running.send_signal(number)
        written, complaints = running.communicate(timeout=30)
    assert (running.returncode, written) == (130, "")
    assert complaints == "errata: interrupted; no report was written\n"
    survivors = {pid for pid, (_, born) in processes().items() if tree.get(pid) == born}
    assert survivors == set()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["endless.md", "scratch"]
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.slow
@needs_proc
def test_under_nohup_a_closed_terminal_changes_nothing(tmp_path: Path) -> None:
    with reviewing(tmp_path, hangup=signal.SIG_IGN) as running:
        status = Path(f"/proc/{running.pid}/status").read_text()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    (ignored,) = (int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigIgn:"))
    assert ignored & 1 << (signal.SIGHUP - 1)
