"""What has changed between two documents beyond noise.

Two runs never see the same machine: a neighbour, a warmer processor, another clock.  So a program counts as
slower only if it is so by the clock and, where both runs have a reference, against the reference that took
turns with it; each by the rank test of Mann and Whitney over the rounds, and by more than both
runs' own noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.measure.throughput.numbers import differ, spread

_LEVEL = 0.01  # of the rank test
_FLOOR = 0.05  # differences below this share are never told: no two runs agree better


class Verdict(StrEnum):
    """What became of a program."""

    SAME = "same"
    FASTER = "faster"
    SLOWER = "slower"
    UNSETTLED = "not settled"  # more than noise, and the ranks of so few rounds may be chance
    MACHINE = "machine"  # by the clock it differs, and the reference differs along with it
    NEW = "new"  # not measured before
    BROKEN = "broken"  # measured before, and cannot be now


_WHY = {
    Verdict.MACHINE: "; not so against its reference: it is the machine",
    Verdict.UNSETTLED: f"; a change needs p below {_LEVEL}: measure both again, with nothing else running",
}


@dataclass(frozen=True)
class Change:
    """One program at one batch size, before and now; rates are images a second."""

    slug: str
    backend: str
    device: str
    batch: int
    verdict: Verdict
    before: float | None = None
    now: float | None = None
    probability: float | None = None  # of ranks like these by chance
    noise: float | None = None  # the share that a difference must exceed
    reason: str = ""  # why it cannot be measured now

    def __str__(self) -> str:
        place = f"{self.slug} on {self.backend}, {self.device}, batch {self.batch}"
        if self.before is None or self.now is None:
            words = "was not measured before" if self.verdict is Verdict.NEW else f"fails now: {self.reason}"
            return f"{place}: {words}"
        rates = f"{self.before:,.0f} -> {self.now:,.0f} images/s, {self.now / self.before - 1:+.0%}"
        test = f"p = {self.probability or 0.0:.2g}, noise {self.noise or 0.0:.0%}"
        return f"{place}: {self.verdict}: {rates} ({test}){_WHY.get(self.verdict, '')}"


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """A change for each program and batch size that was measured now, or was to be."""
    before = _rows(old)
    return [_change(key, before.get(key), row) for key, row in _rows(new).items()]


def regressed(changes: Sequence[Change]) -> bool:
    """Whether a program is slower, or cannot be measured any more."""
    return any(change.verdict in (Verdict.SLOWER, Verdict.BROKEN) for change in changes)


_Key = tuple[str, str, str, int]


def _rows(document: Mapping[str, Any]) -> dict[_Key, Mapping[str, Any]]:
    return {
        (row["slug"], row["backend"], row["device"], int(row["batch"])): row for row in document["programs"]
    }


def _change(key: _Key, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Change:
    if old is None or not old["images_per_second"]:
        return Change(*key, Verdict.NEW)
    if not new["images_per_second"]:
        return Change(*key, Verdict.BROKEN, reason=str(new.get("error")))
    before, now = old["images_per_second"]["median"], new["images_per_second"]["median"]
    rates = [_rates(row) for row in (old, new)]
    verdict = _verdict(rates[0], rates[1], before, now)
    relative = [_relative(row) for row in (old, new)]
    if verdict in (Verdict.FASTER, Verdict.SLOWER) and all(relative):
        against_reference = _verdict(
            relative[0], relative[1], spread(relative[0]).median, spread(relative[1]).median
        )
        verdict = verdict if against_reference is verdict else Verdict.MACHINE
    return Change(*key, verdict, before, now, differ(*rates), _noise(*rates))


def _verdict(old: Sequence[float], new: Sequence[float], before: float, now: float) -> Verdict:
    if abs(now / before - 1) <= _noise(old, new):
        return Verdict.SAME
    if differ(old, new) >= _LEVEL:
        return Verdict.UNSETTLED
    return Verdict.FASTER if now > before else Verdict.SLOWER


def _noise(old: Sequence[float], new: Sequence[float]) -> float:
    """The share that a difference must exceed."""
    return max(_FLOOR, spread(old).noise, spread(new).noise)


def _rates(row: Mapping[str, Any]) -> list[float]:
    return [row["batch"] * one["steps"] / one["seconds"] for one in row["rounds"]]


def _relative(row: Mapping[str, Any]) -> list[float]:
    """The speed against the reference's, round by round; nothing where there is no reference."""
    reference = row.get("reference") or {}
    if not reference.get("rounds"):
        return []
    return [
        own / other
        for own, other in zip(_rates(row), _rates({**reference, "batch": row["batch"]}), strict=False)
    ]
