"""What every format asks of reviews: an order, counts and the common environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.model import Article, Confinement, Finding, Review, Severity

ENVIRONMENT = ("python", "keras", "backend", "device")
NEVER = "never"  # the level at which nothing fails
MOST_QUOTED = 6  # lines of one finding


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
    took = from_cache(review) or f"in {review.seconds:.1f} s"
    statements = f"{seen.executed:,} of {quantity(seen.statements, 'statement')}"
    return f"{statements}, {quantity(seen.updates, 'training update')}, {took}"


def from_cache(review: Review) -> str:
    """That nothing was run for this answer, and what it took when it was; else nothing."""
    return "" if review.cached is None else f"from the cache: it took {review.cached:.1f} s"


def how_many_cached(reviews: Sequence[Review]) -> str:
    """``2 of 5 reviews from the cache``; nothing where all were run."""
    kept = sum(review.cached is not None for review in reviews)
    return f"{kept} of {quantity(len(reviews), 'review')} from the cache" if kept else ""


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
    told = named(review.article, seen.not_run)
    # Only whole statements are counted: lines were cut out of some, which ran without them.
    return told if seen.executed < seen.statements else f"{told}, inside statements that ran otherwise"


def consequences(found: Finding) -> list[int]:
    """The lines that cannot run because of a finding; its own are none of them."""
    return sorted(set(found.consequences) - set(range(found.line, found.end_line + 1)))


def quoted_lines(found: Finding, lines: Sequence[str]) -> list[tuple[int, str]]:
    """The first of the article's own lines that a finding is about, with their numbers."""
    last = min(max(found.end_line, found.line), found.line + MOST_QUOTED - 1, len(lines))
    return [(number, lines[number - 1]) for number in range(max(found.line, 1), last + 1)]


def protections(how: Confinement) -> tuple[list[str], list[str]]:
    """In words the protections that were in force, and those that were not."""
    known = {
        "no network": how.network,
        "nothing outside scratch written": how.filesystem,
        "own processes": how.processes,
        "filtered system calls": how.system_calls,
        "no privileges": how.privileges,
        "limits": how.limits,
    }
    return [words for words in known if known[words]], [words for words in known if not known[words]]


def named(article: Article, lines: Sequence[int]) -> str:
    """``lines 8-9, 11 (cell 3, lines 1-2; cell 5, line 2)``; of what is no notebook without the cells."""
    cells = within(article, lines)
    return _lines(lines) + (f" ({cells})" if cells else "")


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
