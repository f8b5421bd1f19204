"""When a generator counts as trained, and when not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.measure.convergence import Floors, Trained, check_improves, check_reaches_floors, sign_test
from harness.measure.results import CheckFailed
from harness.measure.scores import Score

POOR = Score(1000, 250.0, 40.0, 1.0, 0.02, 0.01, 0.1, (0, 0, 0, 0, 0, 0, 0, 0, 1000, 0), 0.0)
GOOD = Score(1000, 30.0, 3.0, 0.3, 0.8, 0.3, 0.7, (100,) * 10, 0.02)


def runs(n: int, worse: int = 0) -> list[Trained]:
    return [Trained(seed, POOR, POOR if seed < worse else GOOD, 1.0) for seed in range(n)]


def test_sign_test_has_the_known_values() -> None:
    assert sign_test(5, 5) == pytest.approx(0.03125)
    assert sign_test(7, 7) == pytest.approx(0.0078125)
    assert sign_test(6, 7) == pytest.approx(8 / 128)
    assert sign_test(0, 3) == 1.0


@pytest.mark.parametrize(("n", "worse"), [(1, 0), (3, 0), (5, 0), (7, 0), (8, 1)])
def test_enough_better_runs_pass(n: int, worse: int) -> None:
    found = check_improves(runs(n, worse))
    assert found.figures["better"] == n - worse


@pytest.mark.parametrize(("n", "worse"), [(1, 1), (3, 1), (5, 1), (7, 1)])
def test_too_few_better_runs_fail(n: int, worse: int) -> None:
    with pytest.raises(
        CheckFailed, match=rf"improves-on-epoch-0: .*{n - worse} of {n} better .*not better with seed 0"
    ):
        check_improves(runs(n, worse))


@pytest.mark.parametrize("after", [replace(GOOD, coverage=0.01), replace(GOOD, frechet=251.0)])
def test_one_measure_alone_is_no_improvement(after: Score) -> None:
    with pytest.raises(CheckFailed, match="0 of 1 better"):
        check_improves([Trained(0, POOR, after, 1.0)])


def test_good_runs_reach_the_floors() -> None:
    found = check_reaches_floors(runs(2))
    assert found.figures == {"least_coverage": 0.3, "most_frechet": 30.0}


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (replace(GOOD, coverage=0.149), r"seed 0 coverage >= 0\.15; found coverage 0\.149$"),
        (replace(GOOD, frechet=60.1), r"Fréchet <= 60; found Fréchet 60\.1$"),
        (replace(GOOD, digits=(190, *(100,) * 8, 9)), r"each digit in 10 images or more; found too few of 9"),
        (replace(GOOD, memorised=0.6), r"copies <= 50%; found 60% copies"),
        (
            POOR,
            r"coverage >= 0\.15, Fréchet <= 60, each .*found coverage 0\.010, Fréchet 250\.0, too few of 0",
        ),
    ],
)
def test_every_floor_is_guarded(after: Score, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        check_reaches_floors([Trained(0, POOR, after, 1.0)])


def test_the_worst_run_decides() -> None:
    with pytest.raises(CheckFailed, match="with seed 1 "):
        check_reaches_floors([Trained(0, POOR, GOOD, 1.0), Trained(1, POOR, POOR, 1.0)])


def test_floors_can_be_set() -> None:
    check_reaches_floors([Trained(0, POOR, replace(GOOD, coverage=0.1), 1.0)], Floors(coverage=0.1))


@pytest.mark.parametrize("check", [check_improves, check_reaches_floors])
def test_no_run_is_no_success(check: object) -> None:
    assert callable(check)
    with pytest.raises(CheckFailed, match="expected at least one training run; found none"):
        check([])
