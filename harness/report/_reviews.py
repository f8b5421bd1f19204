"""What every format asks of reviews: an order, counts and the common environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.model import Finding, Review, Severity

ENVIRONMENT = ("python", "keras", "backend", "device")


def in_order(review: Review) -> list[Finding]:
    """The findings by line, then rule; the rest of the key only makes the order total."""
    return sorted(review.findings, key=lambda found: (found.line, found.rule, found.end_line, found.message))


def place(found: Finding) -> str:
    """Where a finding is: its article lines, in a notebook its cell and the line in it as well."""
    words = f"line {found.line}" if found.end_line <= found.line else f"lines {found.line}-{found.end_line}"
    inside = cell(found)
    return f"{words} ({inside})" if inside else words


def cell(found: Finding) -> str:
    """``cell 3, line 1`` for a finding in a notebook, else nothing."""
    number, line = found.evidence.get("cell"), found.evidence.get("cell_line")
    return f"cell {number}, line {line}" if isinstance(number, int) and isinstance(line, int) else ""


def ran(review: Review) -> str:
    """How much was executed, and in what time: this time or, for an answer of the cache, when it was run."""
    seen = review.coverage
    took = f"in {review.seconds:.1f} s"
    if review.cached is not None:
        took = f"from the cache: it took {review.cached:.1f} s"
    statements = f"{seen.executed:,} of {quantity(seen.statements, 'statement')}"
    return f"{statements}, {quantity(seen.updates, 'training update')}, {took}"


def environment(reviews: Sequence[Review]) -> dict[str, str | None]:
    """The environment that the runs name; a purely textual review knows no framework."""
    return {
        key: next((value for review in reviews if (value := review.environment.get(key))), None)
        for key in ENVIRONMENT
    }


def count(reviews: Sequence[Review]) -> str:
    """The findings in words: ``2 errors, 1 warning``, or ``no finding``."""
    seen = Counter(found.severity for review in reviews for found in review.findings)
    words = [quantity(seen[severity], severity.value) for severity in Severity if seen[severity]]
    return ", ".join(words) or "no finding"


def quantity(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
