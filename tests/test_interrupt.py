"""Ctrl-C while an article runs: the real command, the real sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
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


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_survives_an_interrupted_review(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "endless.md").write_text(ENDLESS)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())"]
    with subprocess.Popen(
        [*command, "review", str(tmp_path / "endless.md"), "--output", str(tmp_path / "out.txt")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(scratch)},
        text=True,
        start_new_session=True,
    ) as running:
        deadline = time.monotonic() + 60
        while "harness.run.worker" not in command_lines(tree := below(running.pid)):
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < deadline, "no worker was started"
            time.sleep(0.05)
        running.send_signal(number)
        written, complaints = running.communicate(timeout=30)
    assert (running.returncode, written) == (130, "")
    assert complaints == "errata: interrupted; no report was written\n"
    survivors = {pid for pid, (_, born) in processes().items() if tree.get(pid) == born}
    assert survivors == set()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["endless.md", "scratch"]
    assert list(scratch.iterdir()) == []
