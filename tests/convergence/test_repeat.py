"""A series of repetitions: what is recorded, counted and said, with trainings that are made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.measure import record
from harness.measure.convergence import Trained
from harness.measure.record import Calibration, RecordError
from tests.convergence import repeat
from tests.convergence.programs import QUICK, path_of, recorded

PROGRAM = "dense_gan"
GOOD = replace(recorded()[PROGRAM].runs[0], milestones=())


@pytest.fixture
def series(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """Makes a series in which the runs of some seeds end as they began."""

    def make(*arguments: str, collapsed: tuple[int, ...] = ()) -> int:
        def calibrate(program: Path, seed: int, path: Path, *, updates: int) -> None:
            known = record.read(path).get(PROGRAM)
            run: Trained = replace(GOOD, seed=seed, updates=updates)
            run = replace(run, after=run.before) if seed in collapsed else run
            runs = (*(known.runs if known else ()), run)
            found = Calibration(PROGRAM, record.digest(path_of(PROGRAM)), "3", "tensorflow", runs)
            record.write(path, {PROGRAM: found})

        monkeypatch.setattr(repeat, "REPETITIONS", tmp_path / "repetitions.json")
        monkeypatch.setattr(repeat, "calibrate", calibrate)
        return repeat.main([PROGRAM, *arguments])

    return make


def test_a_series_without_a_failure(series: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert series("--seeds", "3") == 0
    assert [run.seed for run in repeat.repetitions(PROGRAM)] == [100, 101, 102]
    assert f"| {PROGRAM} | {QUICK[PROGRAM]} | 3 | 0 | " in capsys.readouterr().out


def test_one_failure_among_many_is_counted(
    series: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert series("--seeds", "3", collapsed=(101,)) == 1
    assert f"| {PROGRAM} | {QUICK[PROGRAM]} | 3 | 1 | " in capsys.readouterr().out
    assert "not better with seed 101" in repeat.failures(PROGRAM)[0]


def test_runs_of_another_length_do_not_count(
    series: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    series("--seeds", "2")
    monkeypatch.setitem(QUICK, PROGRAM, QUICK[PROGRAM] - 1)
    assert repeat.repetitions(PROGRAM) == ()


def test_a_program_that_cannot_be_trained_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RecordError("dense_gan.py, seed 100: finite-samples")

    monkeypatch.setattr(repeat, "calibrate", fails)
    assert repeat.main([PROGRAM, "--seeds", "1"]) == 2
    assert capsys.readouterr().err == "error: dense_gan.py, seed 100: finite-samples\n"
