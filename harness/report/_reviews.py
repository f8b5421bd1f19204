"""What every format asks of reviews: an order, counts and the common environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.model import Article, Finding, Review, Severity

ENVIRONMENT = ("python", "keras", "backend", "device")
NEVER = "never"  # the level at which nothing fails


def in_order(review: Review) -> list[Finding]:
    """The findings by line, the worst of a line first; the rest of the key only makes the order total."""
    worst = list(Severity)
    return sorted(
        review.findings,
        key=lambda one: (one.line, worst.index(one.severity), one.rule, one.end_line, one.message),
    )


def failing(fail_on: str) -> frozenset[Severity]:
    """The severities that fail at a level: a severity's own name, or "never"."""
    levels = list(Severity)  # worst first
    return frozenset() if fail_on == NEVER else frozenset(levels[: levels.index(Severity(fail_on)) + 1])


def place(found: Finding) -> str:
    """Where a finding is: its article lines, in a notebook its cell and the line in it as well."""
    words = f"line {found.line}" if found.end_line <= found.line else f"lines {found.line}-{found.end_line}"
    inside = cell(found)
    return f"{words} ({inside})" if inside else words


def cell(found: Finding) -> str:
    """``cell 3, line 1`` for a finding in a notebook, else nothing."""
    number, line = found.evidence.get("cell"), found.evidence.get("cell_line")
    return f"cell {number}, line {line}" if isinstance(number, int) and isinstance(line, int) else ""


def inside(article: Article, line: int | None) -> str:
    """``cell 3, line 1`` for a line of a notebook, else nothing."""
    for known in article.cells:
        if line is not None and known.line <= line <= known.end_line:
            return f"cell {known.number}, line {line - known.line + 1}"
    return ""


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


def not_run(review: Review) -> str:
    """The lines that did not run to their end: ``lines 3, 5-7``; nothing where all did."""
    seen = review.coverage
    if not seen.not_run:
        return ""
    cells = within(review.article, seen.not_run)
    told = _lines(seen.not_run) + (f" ({cells})" if cells else "")
    # Only whole statements are counted: lines were cut out of some, which ran without them.
    return told if seen.executed < seen.statements else f"{told}, inside statements that ran otherwise"


def within(article: Article, lines: Sequence[int]) -> str:
    """``cell 3, lines 1-2; cell 5, line 4`` for lines of a notebook, else nothing."""
    own = {
        cell.number: [line - cell.line + 1 for line in lines if cell.line <= line <= cell.end_line]
        for cell in article.cells
    }
    return "; ".join(f"cell {number}, {_lines(some)}" for number, some in own.items() if some)


def _lines(lines: Sequence[int]) -> str:
    return f"{'line' if len(lines) == 1 else 'lines'} {spans(lines)}"


def spans(lines: Sequence[int]) -> str:
    """Line numbers in words: ``3, 5-7``."""
    runs: list[list[int]] = []
    for number in sorted(set(lines)):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def quantity(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
