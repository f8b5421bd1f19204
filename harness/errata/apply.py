"""Article + errata = fixed article; the steps between; the mutants.

A text on the way keeps, for each of its lines, the verbatim article lines that it stems from, so
that a finding in it can be told by article line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from harness.errata.catalogue import Edit, ErrataError, Erratum

Origin = tuple[int, int]  # first and last article line that a line stems from


@dataclass(frozen=True)
class Step:
    """The article with some of its errata applied; ``origins[n - 1]`` tells where line *n* is from."""

    text: str
    origins: tuple[Origin, ...]

    def article_lines(self, line: int, end_line: int | None = None) -> range:
        """The verbatim article lines behind lines of this text."""
        last = max(line, end_line or line)
        chosen = self.origins[max(line, 1) - 1 : last] or self.origins[-1:]
        return range(min(first for first, _ in chosen), max(end for _, end in chosen) + 1)


def verbatim(text: str) -> Step:
    """The article itself: every line is its own origin."""
    count = text.count("\n") + 1
    return Step(text, tuple((n, n) for n in range(1, count + 1)))


def steps(text: str, errata: Sequence[Erratum]) -> tuple[Step, ...]:
    """The article, then the article after each erratum.  Raises ErrataError where one does not fit."""
    reached = [verbatim(text)]
    for k, erratum in enumerate(errata):
        reached.append(_advance(reached[-1], errata, k, f"erratum {k + 1} '{erratum.id}'"))
    return tuple(reached)


def apply(text: str, errata: Sequence[Erratum]) -> str:
    """The fixed article."""
    return steps(text, errata)[-1].text


def step(text: str, errata: Sequence[Erratum], k: int) -> Step:
    """The ladder's step ``k`` (from 1): the article with errata 1 to k-1 applied, and not the k-th."""
    _in_range(errata, k)
    return steps(text, errata[: k - 1])[-1]


def mutant(text: str, errata: Sequence[Erratum], k: int) -> Step:
    """The fixed article with the k-th erratum (from 1) undone, or its own mutation made."""
    _in_range(errata, k)
    erratum = errata[k - 1]
    fixed = steps(text, errata)[-1]
    place = f"the mutant of erratum {k} '{erratum.id}'"
    if erratum.mutation is not None:
        edits = erratum.mutation.edits
    else:
        edits = (Edit(erratum.edit.after, erratum.edit.before),)
        if not erratum.edit.after:
            raise ErrataError(
                f"{place}: the erratum deletes text, so say with 'mutant' where to put it back."
            )
    for edit in edits:
        at = _only_place(fixed.text, edit.before)
        if at is None:
            many = fixed.text.count(edit.before)
            raise ErrataError(
                f"{place}: its 'for' text occurs {_times(many)} in the fixed article; "
                "it must occur exactly once."
            )
        fixed = _replaced(fixed, at, edit)
    return fixed


def _in_range(errata: Sequence[Erratum], k: int) -> None:
    if not 1 <= k <= len(errata):
        raise ErrataError(f"there is no erratum {k}; the article has {len(errata)}.")


def _advance(before: Step, errata: Sequence[Erratum], k: int, place: str) -> Step:
    edit = errata[k].edit
    at = _only_place(before.text, edit.before)
    if at is None:
        raise ErrataError(_misfit(before.text, errata, k, place))
    _lines_hold_the_change(before, at, errata[k], place)
    return _replaced(before, at, edit)


def _only_place(text: str, part: str) -> int | None:
    """Where a part of a text stands, if it stands exactly once (overlaps count)."""
    first = text.find(part)
    return first if first >= 0 and text.find(part, first + 1) < 0 else None


def _misfit(text: str, errata: Sequence[Erratum], k: int, place: str) -> str:
    wanted = errata[k].edit.before
    when = f"with errata 1 to {k} applied" if k else "as printed"
    lines = [n for n, _ in _occurrences(text, wanted)]
    if lines:
        at = ", ".join(map(str, lines))
        return (
            f"{place}: its 'for' text occurs {_times(len(lines))} in the article {when} (lines {at}); "
            "it must occur exactly once: add context."
        )
    for later in range(k + 1, len(errata)):
        if wanted in errata[later].edit.after:
            return (
                f"{place}: its 'for' text occurs nowhere in the article {when}; erratum {later + 1} "
                f"'{errata[later].id}' brings it in, so the errata are out of order."
            )
    for earlier in range(k):
        if any(line.strip() and line in errata[earlier].edit.before for line in wanted.split("\n")):
            return (
                f"{place}: its 'for' text occurs nowhere in the article {when}; erratum {earlier + 1} "
                f"'{errata[earlier].id}' rewrites that place first: adapt the text or the order."
            )
    return (
        f"{place}: its 'for' text occurs nowhere in the article {when}; it begins {wanted.splitlines()[0]!r}."
    )


def _occurrences(text: str, part: str) -> list[tuple[int, int]]:
    found, at = [], text.find(part)
    while at >= 0:
        found.append((text.count("\n", 0, at) + 1, at))
        at = text.find(part, at + 1)
    return found


def _times(count: int) -> str:
    return {0: "nowhere", 2: "twice"}.get(count, f"{count} times")


def _lines_hold_the_change(before: Step, at: int, erratum: Erratum, place: str) -> None:
    """The edit must touch a line that the erratum names; a wide edit may mend more than it names."""
    first = before.text.count("\n", 0, at)
    old, new = _whole_lines(before.text, at, erratum.edit)
    touched: set[int] = set()
    for tag, i, j, _, _ in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            for n in _touched(i, j, len(old)):
                a, b = before.origins[first + n]
                touched.update(range(a, b + 1))
    if touched.isdisjoint(erratum.lines):
        raise ErrataError(
            f"{place}: its edit changes article line {_spoken(touched)}, "
            f"and 'lines' names {_spoken(erratum.lines)} only."
        )


def _touched(i: int, j: int, count: int) -> range:
    """The old lines that a change touches; what is inserted stands between two, and touches both."""
    return range(i, j) if j > i else range(max(i - 1, 0), min(i + 1, count))


def _spoken(lines: Iterable[int]) -> str:
    """``3, 5-7``."""
    runs: list[list[int]] = []
    for line in sorted(lines):
        if runs and runs[-1][1] == line - 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def _whole_lines(text: str, at: int, edit: Edit) -> tuple[list[str], list[str]]:
    """The lines around a place, before and after an edit there."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at + len(edit.before))
    end = len(text) if end < 0 else end
    head, tail = text[start:at], text[at + len(edit.before) : end]
    return text[start:end].split("\n"), (head + edit.after + tail).split("\n")


def _replaced(before: Step, at: int, edit: Edit) -> Step:
    first = before.text.count("\n", 0, at)
    old, new = _whole_lines(before.text, at, edit)
    kept = before.origins[first : first + len(old)]
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    changed = [kept[n] for tag, i, j, _, _ in codes if tag != "equal" for n in _touched(i, j, len(old))]
    whole = (min(a for a, _ in changed), max(b for _, b in changed))
    origins: list[Origin] = []
    for tag, i, j, p, q in codes:
        # A line that stays keeps its origin; a new one stems from all that the edit replaces.
        origins += kept[i:j] if tag == "equal" else [whole] * (q - p)
    text = before.text[:at] + edit.after + before.text[at + len(edit.before) :]
    return Step(text, (*before.origins[:first], *origins, *before.origins[first + len(old) :]))
