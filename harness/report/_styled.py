"""Text with styles, in terminal cells: wrapped, cut, and written with or without colours.

rich can do all of this and much more; to import it takes longer than to answer from the cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells, set_cell_size  # its widths of characters, which come alone

_WORD = re.compile(r"\s*\S+\s*")
_RESET = "\x1b[0m"
# "Select graphic rendition" of ECMA-48.
_CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "magenta": 35, "cyan": 36}


@dataclass(frozen=True)
class Styled:
    """One line of text in parts, each with a style: words of ``_CODES``, or "" for none."""

    parts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, *parts: str | tuple[str, str]) -> Styled:
        """Text from parts, plain or with a style."""
        return cls(tuple((part, "") if isinstance(part, str) else part for part in parts))

    def __add__(self, other: Styled) -> Styled:
        return Styled(self.parts + other.parts)

    @property
    def plain(self) -> str:
        """The text alone."""
        return "".join(text for text, _ in self.parts)

    @property
    def cells(self) -> int:
        """How many cells of a terminal it fills."""
        return cell_len(self.plain)

    def stripped(self) -> Styled:
        """Without blanks at the end."""
        return self[: len(self.plain.rstrip())]

    def cut(self, cells: int) -> Styled:
        """At most so many cells of it; half a wide character becomes a blank."""
        if self.cells <= cells:
            return self
        kept = set_cell_size(self.plain, cells)
        whole = kept if self.plain.startswith(kept) else kept[:-1]
        return self[: len(whole)] + Styled.of(kept[len(whole) :])

    def wrapped(self, cells: int) -> Iterator[Styled]:
        """Lines of at most so many cells, broken between words, and inside those wider than a line."""
        at = 0
        for following in (*_breaks(self.plain, cells), len(self.plain)):
            yield self[at:following].stripped()
            at = following

    def written(self, *, colour: bool) -> str:
        """As it is sent to a terminal."""
        return "".join(_written(text, style if colour else "") for text, style in self.parts)

    def __getitem__(self, wanted: slice) -> Styled:
        first, last, _ = wanted.indices(len(self.plain))
        parts: list[tuple[str, str]] = []
        at = 0
        for text, style in self.parts:
            inside = text[max(first - at, 0) : max(last - at, 0)]
            parts += [(inside, style)] if inside else []
            at += len(text)
        return Styled(tuple(parts))


def _breaks(text: str, cells: int) -> Iterator[int]:
    """Where the lines of ``text`` begin, the first left out."""
    used = 0
    for word in _WORD.finditer(text):
        width = cell_len(word[0].rstrip())
        if used + width <= cells:
            used += cell_len(word[0])
        elif width <= cells:
            yield word.start()
            used = cell_len(word[0])
        else:
            at, pieces = word.start(), chop_cells(word[0], cells)
            for piece in pieces:
                if at:
                    yield at
                at += len(piece)
            used = cell_len(pieces[-1])


def _written(text: str, style: str) -> str:
    if not style or not text:
        return text
    return f"\x1b[{';'.join(str(_CODES[word]) for word in style.split())}m{text}{_RESET}"
