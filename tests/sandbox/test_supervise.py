"""What the supervisor leaves behind: nothing."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from harness.model import Killed, Limits, Sandbox
from harness.sandbox import open_backend


@pytest.fixture(params=["bubblewrap", "landlock", "none"])
def box(request: pytest.FixtureRequest) -> Sandbox:
    return open_backend(request.param)


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def children() -> set[str]:
    """Processes that this one has started; a test before this may have left some that are to stay."""
    tasks = Path("/proc/self/task").iterdir()
    return {pid for task in tasks for pid in (task / "children").read_text().split()}


def test_no_descriptor_thread_or_child_is_left(box: Sandbox, tmp_path: Path) -> None:
    before, threads, born = descriptors(), threading.active_count(), children()
    codes = ["pass", "while True: print('x' * 1000)", "import os; os.kill(os.getpid(), 9)"]
    for code in codes:
        box.run(python(code), scratch=tmp_path, limits=Limits(output_bytes=5000), on_record=lambda line: None)
    assert children() == born
    assert descriptors() == before
    assert threading.active_count() == threads


def test_an_error_in_a_callback_ends_the_tree_and_is_passed_on(box: Sandbox, tmp_path: Path) -> None:
    def refuse(line: bytes) -> None:
        raise LookupError(line)

    before, born = descriptors(), children()
    code = "import os, time; os.write(3, b'first\\n'); time.sleep(60)"
    with pytest.raises(LookupError, match="first"):
        box.run(python(code), scratch=tmp_path, limits=Limits(), on_record=refuse)
    assert children() == born
    assert descriptors() == before


def test_facts_of_an_ordinary_run(box: Sandbox, tmp_path: Path) -> None:
    heard: list[tuple[str, bytes]] = []
    code = "import os, sys; print(os.getcwd()); sys.stderr.write('said'); sys.exit(3)"
    outcome = box.run(
        python(code), scratch=tmp_path, limits=Limits(), on_output=lambda *said: heard.append(said)
    )
    assert (outcome.exit_code, outcome.signal, outcome.killed, outcome.truncated) == (3, None, None, False)
    assert outcome.stdout.decode() == f"{tmp_path}\n"
    assert outcome.stderr == b"said"
    assert sorted(heard) == [("stderr", outcome.stderr), ("stdout", outcome.stdout)]
    assert 0 < outcome.seconds < 30


def test_memory_is_measured_and_bounded(box: Sandbox, tmp_path: Path) -> None:
    code = "import time; block = b'x' * (200 << 20); time.sleep({})"
    outcome = box.run(python(code.format(0.5)), scratch=tmp_path, limits=Limits())
    assert 200 << 20 < outcome.peak_memory < 300 << 20
    children = "import os, time\nfor _ in range(3): os.fork()\nblock = b'x' * (60 << 20); time.sleep(30)"
    outcome = box.run(python(children), scratch=tmp_path, limits=Limits(memory_bytes=256 << 20))
    assert outcome.killed is Killed.MEMORY


def test_one_process_cannot_take_more_than_the_limit(box: Sandbox, tmp_path: Path) -> None:
    outcome = box.run(python("bytearray(1 << 30)"), scratch=tmp_path, limits=Limits(memory_bytes=256 << 20))
    assert outcome.exit_code == 1
    assert outcome.stderr.splitlines()[-1] == b"MemoryError"


def test_the_environment_is_built_from_nothing(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "value")
    code = "import os; print(sorted(os.environ))"
    outcome = box.run(python(code), scratch=tmp_path, limits=Limits(), environment={"GIVEN": "1"})
    assert outcome.stdout.decode() == "['GIVEN', 'HOME', 'LANG', 'LOGNAME', 'PATH', 'TMPDIR', 'USER']\n"
