"""For people: findings grouped by article, each beside the line it is about.

All text is cleaned first: what an article holds cannot colour, move or hide anything in the terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.model import Article, Confinement, Finding, Fix, Review, Severity, Verdict
from harness.report._clean import clean, clean_lines, split_lines
from harness.report._reviews import (
    MOST_QUOTED,
    consequences,
    count,
    environment,
    in_order,
    not_run,
    place,
    protections,
    quantity,
    ran,
    within,
)
from harness.report._styled import Styled
from harness.report._trace import trace_lines

if TYPE_CHECKING:
    from harness.report import Page, Tool

_EMPTY = Styled()
_NARROWEST = 40
_MOST_CONSEQUENCES = 4  # quoted; the rest are named by number
_MOST_MESSAGE_LINES = 12
_LONGEST_MESSAGE = 2_000  # characters
_WIDEST_QUOTE = 10_000  # characters of a line: one with a picture in it has a million
_TRACE_LABEL = 15
_LABEL = 11  # cells of the label column under an article
_COLOURS = {
    Severity.ERROR.value: "bold red",
    Severity.WARNING.value: "bold yellow",
    Severity.NOTE.value: "bold cyan",
    Verdict.CLEAN.value: "bold green",
    Verdict.FAULTY.value: "bold red",
    Verdict.INCOMPLETE.value: "bold yellow",
    Verdict.HARNESS_ERROR.value: "bold magenta",
}


def render(reviews: Sequence[Review], tool: Tool, page: Page) -> str:
    """All reviews, then a line for all of them, one for what they ran on, and where more is told."""
    writer, shared = _Writer(page), _Shared.of(reviews)
    for review in reviews:
        _article(writer, review, shared, trace=page.trace)
    writer.line(_bold(f"{quantity(len(reviews), 'article')}: {_verdicts(reviews)}; {count(reviews)}"))
    if shared.confinement:
        head = "confined: " if shared.by_all else "confined, where nothing else is said: "
        writer.wrapped(_EMPTY, _dim(head) + _confinement(shared.confinement))
    writer.line(_dim(clean(f"{tool.name} {tool.version}{_environment(shared.environment, ', ')}")))
    if any(review.findings for review in reviews):
        hint = f"{tool.name} explain RULE tells why a finding is wrong and what to write instead"
        writer.wrapped(_EMPTY, _dim(hint))
    return writer.document()


class _Writer:
    """Lines of known width, collected."""

    def __init__(self, page: Page) -> None:
        self.width = max(page.width, _NARROWEST)
        self._cut = None if page.cut is None else max(page.cut, _NARROWEST)
        self._colour = page.colour
        self._lines: list[str] = []

    def line(self, text: Styled = _EMPTY) -> None:
        # A trailing blank is invisible and only spoils comparisons.
        self._lines.append(text.stripped().written(colour=self._colour))

    def wrapped(self, head: Styled, text: Styled) -> None:
        """``text`` wrapped beside ``head``, which stands before its first line only."""
        for number, part in enumerate(text.wrapped(self.width - head.cells)):
            self.line((head if number == 0 else Styled.of(" " * head.cells)) + part)

    def cropped(self, head: Styled, text: Styled) -> None:
        """One line, cut with three dots where it would not fit on the screen."""
        if self._cut is not None and head.cells + text.cells > self._cut:
            text = text.cut(self._cut - head.cells - 3) + Styled.of(("...", "dim"))
        self.line(head + text)

    def document(self) -> str:
        return "".join(f"{line}\n" for line in self._lines)


@dataclass(frozen=True)
class _Shared:
    """What holds for several articles, and is said once under them all."""

    confinement: Confinement | None  # of most; None where there is one article, or no two are alike
    by_all: bool  # whether that is how every article was confined
    environment: Mapping[str, str | None]

    @classmethod
    def of(cls, reviews: Sequence[Review]) -> _Shared:
        # Lack of confinement is said where it was lacking, too often rather than too seldom.
        known = [review.confinement for review in reviews]
        seen = Counter(one for one in known if one is not None and one.backend != "none")
        most = next((one for one, times in seen.most_common(1) if times > 1), None)
        return cls(most, all(one == most for one in known), environment(reviews))


def _article(writer: _Writer, review: Review, shared: _Shared, *, trace: bool) -> None:
    verdict = review.verdict.value
    path, told = (clean(review.article.path), "bold"), f", {count([review])}"
    writer.wrapped(_EMPTY, Styled.of(path, ": ", (verdict, _COLOURS[verdict]), told))
    lines = split_lines(review.article.text)
    for found in in_order(review):
        writer.line()
        _finding(writer, found, review.article, lines)
    writer.line()
    if trace:
        _table(writer, review)
    for label, text in _facts(review, shared):
        writer.wrapped(_dim(f"  {label}".ljust(_LABEL)), text)
    writer.line()


def _table(writer: _Writer, review: Review) -> None:
    """The update table: for each training call what moved, what was fed, and towards what."""
    if review.table:
        said = "what its training moved, by the largest change of one weight, and what went in:"
        writer.wrapped(Styled.of("  "), _dim(said))
    for label, words in trace_lines(review.table, review.article):
        row = label.startswith("line ")
        head = _bold(f"  {label}  ") if row else _dim(f"      {label}".ljust(_TRACE_LABEL))
        writer.wrapped(head, Styled.of((words, "bold" if row else "")))
    writer.line()


def _finding(writer: _Writer, found: Finding, article: Article, lines: Sequence[str]) -> None:
    severity = found.severity.value
    head = Styled.of(
        "  ", (place(found), "bold"), ": ", (severity, _COLOURS[severity]), " ", clean(found.rule)
    )
    writer.wrapped(_EMPTY, head)
    _quote(writer, lines, range(found.line, max(found.end_line, found.line) + 1))
    message = clean_lines(_shortened(found.message.strip()))
    for part in message[:_MOST_MESSAGE_LINES]:
        writer.wrapped(Styled.of("      "), Styled.of(part))
    if len(message) > _MOST_MESSAGE_LINES:
        writer.line(_dim(f"      ... {quantity(len(message) - _MOST_MESSAGE_LINES, 'more line')}"))
    if found.fix:
        quoted = "\n".join(lines[found.line - 1 : found.end_line])
        _replacement(writer, found.fix, shown=found.fix.before.strip() == quoted.strip())
    if others := consequences(found):
        _consequences(writer, others, article, lines)


def _quote(writer: _Writer, lines: Sequence[str], numbers: Sequence[int]) -> None:
    for number in numbers[:MOST_QUOTED]:
        if 1 <= number <= len(lines):
            printed = lines[number - 1]
            shown = printed if len(printed) <= _WIDEST_QUOTE else f"{printed[:_WIDEST_QUOTE]}..."
            writer.cropped(_dim(f"{number:>7} | "), Styled.of(clean(shown)))
    if len(numbers) > MOST_QUOTED:
        writer.line(_dim(f"    ... | {quantity(len(numbers) - MOST_QUOTED, 'more line')}"))


def _replacement(writer: _Writer, fix: Fix, *, shown: bool) -> None:
    """For ... read ...; where the text to replace is just what was quoted, only the latter."""
    if not fix.before:
        texts = {"add": fix.after}
    else:
        texts = {"read": fix.after} if shown else {"for": fix.before, "read": fix.after}
    for label, text in texts.items():
        # Never cut and never wrapped, because it is there to be copied.
        for number, line in enumerate(clean_lines(text.rstrip("\r\n")) if text else ["(nothing)"]):
            head = _dim(f"{label if number == 0 else '':>9} | ")
            writer.line(head + Styled.of((line, "" if label == "for" else "green")))


def _consequences(writer: _Writer, numbers: Sequence[int], article: Article, lines: Sequence[str]) -> None:
    said = f"because of this {quantity(len(numbers), 'line')} cannot run"
    if cells := within(article, numbers):
        said += f" ({cells})"
    said += ":"
    writer.wrapped(Styled.of("      "), _dim(said))
    _quote(writer, lines, numbers[:_MOST_CONSEQUENCES])
    if rest := numbers[_MOST_CONSEQUENCES:]:
        others = ", ".join(str(number) for number in rest)
        writer.wrapped(Styled.of("          "), _dim(f"and {others}"))


def _facts(review: Review, shared: _Shared) -> Iterator[tuple[str, Styled]]:
    """What is said under the findings: label and text."""
    if review.reason:
        yield "reason", Styled.of(clean(review.reason))
    told = ran(review)
    if review.peak_memory:
        told += f", {review.peak_memory / 2**20:,.0f} MiB of memory at the peak"
    yield "ran", Styled.of(told)
    if missed := not_run(review):
        yield "not run", Styled.of(missed)
    own = {key: value for key, value in review.environment.items() if value}
    if any(value != shared.environment.get(key) for key, value in own.items()):
        yield "run on", Styled.of(clean(_environment(review.environment)))
    if review.confinement is None or review.confinement != shared.confinement:
        yield "confined", _confinement(review.confinement)
    for note in review.notes:
        yield "remark", Styled.of(clean(note))  # a note is a finding here


def _confinement(how: Confinement | None) -> Styled:
    if how is None:
        return Styled.of("nothing had to be run")
    given, lacking = protections(how)
    text = Styled.of(f"{clean(how.backend)}: {', '.join(given) or 'no protection at all'}")
    if how.backend == "none":
        words = "NOT CONFINED: the article's code ran with the rights of the caller (--unsafe)"
        text = Styled.of((words, "bold red"))
    elif lacking:
        text += Styled.of((f"; NOT in force: {', '.join(lacking)}", "bold red"))
    return text + Styled.of(f" ({clean(how.detail)})") if how.detail else text


def _dim(text: str) -> Styled:
    return Styled.of((text, "dim"))


def _bold(text: str) -> Styled:
    return Styled.of((text, "bold"))


def _shortened(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}..."


def _verdicts(reviews: Sequence[Review]) -> str:
    seen = {kind: sum(review.verdict is kind for review in reviews) for kind in Verdict}
    return ", ".join(f"{number} {kind.value}" for kind, number in seen.items() if number) or "none reviewed"


def _environment(known: Mapping[str, str | None], before: str = "") -> str:
    """``Python 3.11.7, Keras 3.15.1 on tensorflow, cpu``, as far as it is known; ``before`` where it is."""
    words = []
    if known.get("python"):
        words.append(f"Python {known['python']}")
    if known.get("keras"):
        words.append(f"Keras {known['keras']}" + (f" on {known['backend']}" if known.get("backend") else ""))
    if known.get("device"):
        words.append(str(known["device"]))
    return before + ", ".join(words) if words else ""
