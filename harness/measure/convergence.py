"""Has a generator learned? A paired test per seed, and floors that no untrained or collapsed one reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb

from harness.measure.results import CheckFailed, Result
from harness.measure.scores import Score


@dataclass(frozen=True)
class Milestone:
    """How far a training run was after so many updates, had it ended there."""

    updates: int
    score: Score
    cpu_seconds: float


@dataclass(frozen=True)
class Trained:
    """One training run: the scores of the same generator before and after, with the same latent vectors."""

    seed: int
    before: Score
    after: Score
    seconds: float
    cpu_seconds: float = 0.0  # of all cores, of the training alone
    updates: int = 0  # those that ``fit`` made
    milestones: tuple[Milestone, ...] = ()

    @property
    def better(self) -> bool:
        """Whether it ends better than it began, in both coverage and distance."""
        return self.after.coverage > self.before.coverage and self.after.frechet < self.before.frechet

    def ended_at(self, updates: int) -> Trained:
        """This run, had it ended at one of its milestones. Raises ValueError where it has no such one."""
        for milestone in self.milestones:
            if milestone.updates == updates:
                return replace(
                    self,
                    after=milestone.score,
                    cpu_seconds=milestone.cpu_seconds,
                    updates=updates,
                    milestones=(),
                )
        known = ", ".join(str(milestone.updates) for milestone in self.milestones) or "none"
        raise ValueError(f"found milestones {known} with seed {self.seed}, expected one at {updates} updates")


@dataclass(frozen=True)
class Floors:
    """What every run must reach: coverage and distance together, never one alone.

    ``digit_share`` is the least share of the images that each digit must have.
    ``memorised`` is a ceiling: the share of copies of training images (real unseen ones have .01).
    """

    coverage: float = 0.15
    frechet: float = 60.0
    digit_share: float = 0.01
    memorised: float = 0.5


def check_improves(runs: Sequence[Trained], level: float = 0.05) -> Result:
    """More runs end better than they began than chance would give: in coverage and in distance at once.

    Sign test: if training changed nothing, a run would be better in both with a probability of at most
    1/2, so k of n better runs have p = sum over i >= k of C(n, i) / 2^n.  Five of five give .031, seven
    of seven .008; fewer than five runs cannot reach .05, and are then only asked to be better, all of them.
    """
    name, n = "improves-on-epoch-0", len(runs)
    if not runs:
        raise CheckFailed(name, "at least one training run", "none")
    better = sum(run.better for run in runs)
    p = sign_test(better, n)
    needed = level if sign_test(n, n) <= level else sign_test(n, n)
    if p > needed:
        worse = [run.seed for run in runs if not run.better]
        raise CheckFailed(
            name,
            f"runs that end better than they began, p at most {needed:.3g}",
            f"{better} of {n} better (p = {p:.3g}); not better with seed {', '.join(map(str, worse))}",
        )
    return Result(name, {"better": better, "runs": n, "p": p})


def check_reaches_floors(runs: Sequence[Trained], floors: Floors | None = None) -> Result:
    """Every run ends above the floors; the first that does not is named with all that it misses."""
    name, limits = "reaches-floors", floors or Floors()
    if not runs:
        raise CheckFailed(name, "at least one training run", "none")
    for run in runs:
        if missed := _missed(run.after, limits):
            wanted, found = (", ".join(part) for part in zip(*missed, strict=True))
            raise CheckFailed(name, f"with seed {run.seed} {wanted}", found)
    return Result(
        name,
        {
            "least_coverage": min(run.after.coverage for run in runs),
            "most_frechet": max(run.after.frechet for run in runs),
        },
    )


def sign_test(better: int, n: int) -> float:
    """Probability of at least ``better`` successes in ``n`` throws of a fair coin."""
    return float(sum(comb(n, i) for i in range(better, n + 1)) / 2**n)


def _missed(score: Score, floors: Floors) -> list[tuple[str, str]]:
    least = floors.digit_share * score.images
    absent = [str(digit) for digit, count in enumerate(score.digits) if count < least]
    tests = (
        (
            score.coverage >= floors.coverage,
            f"coverage >= {floors.coverage:g}",
            f"coverage {score.coverage:.3f}",
        ),
        (score.frechet <= floors.frechet, f"Fréchet <= {floors.frechet:g}", f"Fréchet {score.frechet:.1f}"),
        (not absent, f"each digit in {least:g} images or more", f"too few of {', '.join(absent)}"),
        (
            score.memorised <= floors.memorised,
            f"copies <= {floors.memorised:.0%}",
            f"{score.memorised:.0%} copies of training images",
        ),
    )
    return [(wanted, found) for holds, wanted, found in tests if not holds]
