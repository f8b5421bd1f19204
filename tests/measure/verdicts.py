"""A check, a pair, and the verdict that the one must give of the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.measure.pair import Pair
from harness.measure.results import CheckFailed, Result

Check = Callable[[Pair], Result]


@dataclass(frozen=True)
class Case:
    name: str
    check: Check
    build: Callable[[], Pair]
    fails: tuple[str, str, str] | None = None  # check, and parts of what it expected and found


def verdict(case: Case) -> tuple[str, str, str] | None:
    """What the check found: None where it passed, else the failure's three parts."""
    try:
        case.check(case.build())
    except CheckFailed as failure:
        return failure.check, failure.expected, failure.actual
    return None


def agrees(case: Case, found: tuple[str, str, str] | None) -> bool:
    """Whether a verdict is the one that the case expects."""
    if case.fails is None or found is None:
        return case.fails is None and found is None
    return case.fails[0] == found[0] and all(
        part in text for part, text in zip(case.fails[1:], found[1:], strict=True)
    )
