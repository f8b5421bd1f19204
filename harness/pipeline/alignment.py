"""An article beside its corrected form, every change with the errata that make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest

from harness.errata import Erratum, steps
from harness.report import Row


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
    """Kept lines are anchors; what lies between two of them is one hunk, paired from its top."""
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
            (left, printed[left - 1]) if left is not None else None,
            (right[0], right[1].text) if right is not None else None,
            tuple(sorted(owners)),
        )
        for left, right in zip_longest(old, new)
    ]
