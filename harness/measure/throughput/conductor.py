"""Measures programs: their variants' workers take turns, one active at a time, round by round.

What slows the machine down for a while hits all variants alike, so their ratios hold even where the
figures themselves drift.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.measure.throughput.hand import Hand, WorkerFailed
from harness.measure.throughput.limits import KINDS, work
from harness.measure.throughput.plan import PAYS, Effort, Subject
from harness.measure.throughput.results import Limit, Row, Variant, row
from harness.model import Sandbox

Progress = Callable[[str], None]
_STARTING = 120.0  # seconds until a worker is ready, on a cold disk
_SLACK = 30.0  # seconds that a timed region may take longer than planned
_ENDING = 10.0  # seconds for workers to end by themselves
_QUICK_STEP = 0.05  # seconds; loops with longer steps need not settle
VARIANTS = ("corrected", "article_way", "reference")


class Conductor:
    """Measures one program after the other within an effort's time.

    ``sandboxes`` gives the sandbox for a backend and a device.
    """

    def __init__(
        self,
        sandboxes: Callable[[str, str], Sandbox],
        mnist: Path,
        effort: Effort,
        progress: Progress,
        *,
        seed: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sandboxes, self._mnist, self._effort, self._progress = sandboxes, mnist, effort, progress
        self._seed, self._clock = seed, clock
        self._deadline = clock() + effort.total

    def limits(self, backend: str, device: str) -> dict[str, Limit]:
        """Rate of matrix products and bandwidth of copies.  Raises WorkerFailed."""
        self._progress(f"{backend}: the device's limits")
        job = self._job("limits", backend, device)
        with self._hands({"limits": (job, None)}, self._effort.total) as hands:
            hand = hands["limits"]
            name = hand.started(_STARTING)
            found = {}
            for kind in KINDS:
                step = hand.begin(kind, self._effort.preparing)["step"]
                times = [self._region(hand, step) for _ in range(self._effort.rounds)]
                hand.end(_SLACK)
                found[kind] = Limit(
                    name, [work(kind, backend, device) / (time / steps) for steps, time in times]
                )
            return found

    def rows(self, subjects: Sequence[Subject], limits: Callable[[Subject], Any]) -> Iterator[Row]:
        """A row for each program and batch size, each as soon as it is measured.

        A program that fails is a row too.  ``limits`` gives the device's, by kind.
        """
        for number, subject in enumerate(subjects):
            left = max(0.0, self._deadline - self._clock())
            until = self._clock() + left / (len(subjects) - number)
            yield from self._program(subject, limits(subject), until)

    def _program(self, subject: Subject, limits: Any, until: float) -> Iterator[Row]:
        self._progress(f"{subject.slug} on {subject.backend}: starting")
        jobs = {
            variant: (
                {**self._job(variant, subject.backend, subject.device), "way": _way(subject)},
                subject.text,
            )
            for variant in VARIANTS
            if variant != "article_way" or subject.way
        }
        seconds = self._effort.total + len(jobs) * self._effort.preparing
        with self._hands(jobs, seconds) as hands:
            failed: dict[str, str] = {}
            for variant in list(hands):
                with _noting(failed, variant, hands):
                    hands[variant].started(_STARTING)
            best, worse = 0.0, 0
            for batch in (subject.batch, *(size for size in self._effort.sweep if size != subject.batch)):
                own = batch == subject.batch
                if not own and (self._clock() > until or "corrected" not in hands):
                    break
                found = self._batch(subject, batch, hands, dict(failed))
                made = row(subject, batch, own, found, limits)
                yield made
                rate = made.rate
                # Smaller sizes show what a step costs by itself; larger ones must pay.
                if not own and batch > subject.batch:
                    worse = 0 if rate is not None and rate > PAYS * best else worse + 1
                    if worse == 2 or rate is None:
                        break
                best = max(best, rate or 0.0)

    def _batch(
        self, subject: Subject, batch: int, hands: dict[str, Hand], failed: dict[str, str]
    ) -> dict[str, Variant | str]:
        """What was measured of each variant, or why it was not."""
        where = f"{subject.slug} on {subject.backend}, batch {batch}"
        begun: dict[str, Mapping[str, float]] = {}
        for variant in list(hands):
            self._progress(f"{where}: compiling {variant.replace('_', ' ')}")
            with _noting(failed, variant, hands):
                begun[variant] = hands[variant].begin(batch, self._effort.preparing)
        regions: dict[str, list[tuple[int, float]]] = {variant: [] for variant in begun}
        rounds = self._effort.rounds if batch == subject.batch else self._effort.sweep_rounds
        for number in range(rounds):
            self._progress(f"{where}: round {number + 1} of {rounds}")
            # Each second round in the other order: nobody always follows the same neighbour.
            for variant in list(begun)[:: 1 if number % 2 == 0 else -1]:
                spent = sum(seconds for _, seconds in regions[variant])
                if variant in failed or (number >= self._effort.rest and spent > self._effort.slow):
                    continue
                with _noting(failed, variant, hands):
                    regions[variant].append(self._region(hands[variant], begun[variant]["step"]))
        found: dict[str, Variant | str] = {}
        for variant in begun:
            if variant in hands and variant not in failed:
                with _noting(failed, variant, hands):
                    details = hands[variant].end(_SLACK)
                    found[variant] = Variant(batch, begun[variant], regions[variant], details)
        return {**failed, **found}

    def _region(self, hand: Hand, step: float) -> tuple[int, float]:
        """Steps and seconds of one timed region."""
        steps = max(1, math.ceil(self._effort.region / step))
        allowed = 20 * (self._effort.region + step) + _SLACK
        return hand.region(steps, 1 if step < _QUICK_STEP else 0, allowed)

    def _job(self, variant: str, backend: str, device: str) -> dict[str, Any]:
        return {
            "variant": variant,
            "backend": backend,
            "device": device,
            "seed": self._seed,
            "warm_seconds": self._effort.warm,
            "compilers": self._effort.compilers,
        }

    @contextmanager
    def _hands(
        self, jobs: Mapping[str, tuple[Mapping[str, Any], str | None]], seconds: float
    ) -> Iterator[dict[str, Hand]]:
        """Workers, all started at once and ended at last."""
        hands: dict[str, Hand] = {}
        patience = 0.0  # for workers to end by themselves; none where we are interrupted
        try:
            for name, (job, text) in jobs.items():
                sandbox = self._sandboxes(job["backend"], job["device"])
                hands[name] = Hand(sandbox, job, text, self._mnist, seconds)
            yield hands
            patience = _ENDING
        finally:
            for hand in hands.values():
                hand.release()
            for hand in hands.values():
                hand.close(patience)


def _way(subject: Subject) -> dict[str, str] | None:
    return subject.way.as_json() if subject.way else None


@contextmanager
def _noting(failed: dict[str, str], variant: str, hands: dict[str, Hand]) -> Iterator[None]:
    """Note why a variant fails here, and let go of it where it can do nothing more."""
    try:
        yield
    except WorkerFailed as error:
        failed[variant] = str(error)
        if error.fatal and variant in hands:
            hands.pop(variant).close(0)
