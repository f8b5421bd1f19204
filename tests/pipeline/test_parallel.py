"""Side by side, in order, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.pipeline.parallel import default_jobs, in_order
from harness.sandbox import SandboxFailed


def _fails_at_two(number: int) -> int:
    if number == 2:
        raise ValueError("two")
    return number


def _marks_then_waits(path: Path) -> None:
    path.write_text(str(os.getpid()))
    time.sleep(600)


def test_answers_come_in_the_order_of_the_tasks_and_are_told_of_when_they_are_there(tmp_path: Path) -> None:
    told: list[Path] = []

    def done(task: Path, answer: str) -> None:
        told.append(task)
        if task.name == "4":
            (tmp_path / "go").touch()  # for which the first one waits

    tasks = [tmp_path / str(number) for number in range(5)]
    assert list(in_order(_name_of, tasks, 2, done=done)) == ["0", "1", "2", "3", "4"]
    assert sorted(told) == tasks
    assert told[-1] == tasks[0]


def _name_of(path: Path) -> str:
    while path.name == "0" and not path.with_name("go").exists():
        time.sleep(0.01)
    return path.name


def test_no_more_is_handed_out_than_the_workers_need_soon(tmp_path: Path) -> None:
    files = [tmp_path / str(number) for number in range(60)]
    ahead: list[int] = []

    def done(task: Path, answer: None) -> None:
        ahead.append(sum(file.exists() for file in files) - len(ahead))

    assert len(list(in_order(_touch, files, 2, done=done))) == len(ahead) == 60
    assert max(ahead) <= 8


def _touch(path: Path) -> None:
    path.touch()


def test_a_worker_that_is_killed_is_told_of() -> None:
    with pytest.raises(SandboxFailed, match="was lost, perhaps because memory ran out; try fewer --jobs"):
        list(in_order(_dies_at_three, range(9), 2))


def _dies_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_one_job_stays_in_this_process() -> None:
    assert list(in_order(lambda _: os.getpid(), [1, 2], 1)) == [os.getpid()] * 2


def test_an_exception_reaches_the_caller() -> None:
    answers = in_order(_fails_at_two, range(4), 2)
    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(answers)


def test_closing_early_ends_workers_in_the_middle_of_their_work(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    answers = in_order(_either, [tmp_path / "quick", *files], 3)
    assert next(answers) is None
    while not all(file.exists() and file.read_text() for file in files):
        time.sleep(0.01)
    answers.close()  # type: ignore[attr-defined]  # it is a generator
    for file in files:
        with pytest.raises(ProcessLookupError):
            os.kill(int(file.read_text()), 0)
    assert "Traceback" not in capfd.readouterr().err


def _either(path: Path) -> None:
    if path.name != "quick":
        _marks_then_waits(path)


def test_sigterm_in_the_middle_of_real_runs_leaves_nothing(tmp_path: Path) -> None:
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    for name in ("one.py", "two.py", "three.py"):
        (tmp_path / name).write_text("import time\nprint('x')\ntime.sleep(600)\n")
    command = [sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())"]
    process = subprocess.Popen(
        [*command, "review", str(tmp_path), "--jobs", "2"],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while sum(path.name == "listing.py" for path in scratch.rglob("*")) < 2:
        assert process.poll() is None
        time.sleep(0.05)
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "errata: interrupted; no report was written\n"
    assert list(scratch.iterdir()) == []
    assert not any(str(scratch) in line for line in _command_lines())


def _command_lines() -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                found.append((folder / "cmdline").read_bytes().decode(errors="replace"))
    return found


def test_there_is_always_a_job() -> None:
    assert 1 <= default_jobs() <= (os.cpu_count() or 1)
