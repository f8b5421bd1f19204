"""What a check says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """A check that passed, or that had nothing to check (``skipped`` is then the reason)."""

    check: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    skipped: str | None = None


class CheckFailed(AssertionError):
    """A check does not hold. An AssertionError, so that test runners report it as a failed test."""

    def __init__(self, check: str, expected: str, actual: str) -> None:
        super().__init__(f"{check}: expected {expected}; found {actual}")
        self.check, self.expected, self.actual = check, expected, actual

    def __reduce__(self) -> tuple[type[CheckFailed], tuple[str, str, str]]:
        return CheckFailed, (self.check, self.expected, self.actual)


def told(error: Exception) -> str:
    """The first line of an exception's message, or its kind where it has none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


Outcome = Result | CheckFailed


def outcomes(checks: Iterable[Callable[[], Result]]) -> tuple[Outcome, ...]:
    """Results of all checks, the failed ones too: a failure does not hide what comes after it."""
    found: list[Outcome] = []
    for check in checks:
        try:
            found.append(check())
        except CheckFailed as failure:
            found.append(failure)
    return tuple(found)


def as_json(outcome: Outcome) -> dict[str, Any]:
    """A check's outcome as JSON data: check, status "passed", "skipped" or "failed", and its particulars."""
    if isinstance(outcome, CheckFailed):
        return {
            "check": outcome.check,
            "status": "failed",
            "expected": outcome.expected,
            "actual": outcome.actual,
        }
    if outcome.skipped is not None:
        return {"check": outcome.check, "status": "skipped", "reason": outcome.skipped}
    return {"check": outcome.check, "status": "passed", "figures": dict(outcome.figures)}
