"""An article beside its corrected form, every change with the errata that make it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest

from harness.errata import Erratum, steps
from harness.report import Row

_WORD = re.compile(r"\w+|[^\w\s]")
_LEAST_ALIKE = 0.5
_MOST_COMPARED = 40_000  # pairs of lines in a hunk


@dataclass(frozen=True)
class _Line:
    """A line on its way: the article line that it still is, or None and the errata that wrote it."""

    text: str
    article: int | None
    errata: frozenset[int] = frozenset()


@dataclass
class _Traced:
    lines: list[_Line]
    gone: dict[int, set[int]] = field(default_factory=dict)  # article line -> the errata that removed it


def aligned(text: str, errata: Sequence[Erratum]) -> tuple[Row, ...]:
    """Rows of the article and the corrected article; ``Row.errata`` are indices into ``errata``."""
    reached = [one.text.split("\n") for one in steps(text, errata)]
    traced = _Traced([_Line(line, number) for number, line in enumerate(reached[0], 1)])
    for index, lines in enumerate(reached[1:]):
        _advance(traced, lines, index)
    return tuple(_rows(reached[0], traced))


def _advance(traced: _Traced, after: list[str], index: int) -> None:
    before = traced.lines
    made: list[_Line] = []
    matcher = SequenceMatcher(None, [line.text for line in before], after, autojunk=False)
    for kind, i, j, p, q in matcher.get_opcodes():
        if kind == "equal":
            made += before[i:j]
            continue
        owners = frozenset({index}).union(*(line.errata for line in before[i:j]))
        for line in before[i:j]:
            if line.article is not None:
                traced.gone.setdefault(line.article, set()).update(owners)
        made += [_Line(line, None, owners) for line in after[p:q]]
    traced.lines = made


def _rows(printed: Sequence[str], traced: _Traced) -> list[Row]:
    """Kept lines are anchors; what lies between two of them is one hunk."""
    rows: list[Row] = []
    old = 1
    new: list[tuple[int, _Line]] = []
    for number, line in enumerate(traced.lines, 1):
        if line.article is None:
            new.append((number, line))
            continue
        rows += _hunk(printed, traced, range(old, line.article), new)
        rows.append(Row((line.article, line.text), (number, line.text)))
        old, new = line.article + 1, []
    return rows + _hunk(printed, traced, range(old, len(printed) + 1), new)


def _hunk(printed: Sequence[str], traced: _Traced, old: range, new: Sequence[tuple[int, _Line]]) -> list[Row]:
    owners = set().union(*(line.errata for _, line in new), *(traced.gone.get(n, set()) for n in old))
    return [
        Row(
            (old[left], printed[old[left] - 1]) if left is not None else None,
            (new[right][0], new[right][1].text) if right is not None else None,
            tuple(sorted(owners)),
        )
        for left, right in _pairs([printed[number - 1] for number in old], [line.text for _, line in new])
    ]


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """Indices of lines to stand side by side: those alike, and between them the others from the top."""
    at = [0, 0]
    for i, j in [*_alike(old, new), (len(old), len(new))]:
        yield from zip_longest(range(at[0], i), range(at[1], j))
        if i < len(old):
            yield i, j
        at = [i + 1, j + 1]


def _alike(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of lines in order that have the most words in common together (dynamic programming)."""
    if len(old) * len(new) > _MOST_COMPARED:
        return []
    bags = [[Counter(_WORD.findall(line)) for line in lines] for lines in (old, new)]
    # best[i][j]: what lines from i and from j on can have in common
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    worth = [[_likeness(a, b) for b in bags[1]] for a in bags[0]]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + worth[i][j])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if worth[i][j] and best[i][j] == best[i + 1][j + 1] + worth[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Share of words in common (Dice), 0 where that is too little to call two lines alike."""
    total = one.total() + other.total()
    share = 2 * (one & other).total() / total if total else 0.0
    return share if share >= _LEAST_ALIKE else 0.0
