"""An article's sentences outside its code, each with its lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from harness.model import Paragraph
from harness.rules._evidence import Evidence

_END = re.compile(r"[.!?:][\"')\]\u201d]*\s+")
# What ends in a full stop and no sentence does.
_SHORT = re.compile(r"\b(e\.g|i\.e|vs|cf|et al|fig|eq|sec|approx|resp|dr|mr|mrs|prof)\.$", re.IGNORECASE)
_QUOTED = 90


@dataclass(frozen=True)
class Sentence:
    """One sentence of a paragraph; ``start`` is its offset there, and where its lines are known."""

    text: str
    paragraph: Paragraph
    start: int = 0

    @property
    def line(self) -> int:
        """The article line on which it begins."""
        return self._line_at(0)

    def lines_of(self, claim: re.Match[str]) -> tuple[int, int]:
        """The first and the last article line of words that were found in its text."""
        return self._line_at(claim.start()), self._line_at(max(claim.end() - 1, claim.start()))

    def parts(self, separator: re.Pattern[str]) -> Iterator[Sentence]:
        """What stands between separators, as sentences of their own."""
        start = 0
        for found in separator.finditer(self.text):
            yield Sentence(self.text[start : found.start()], self.paragraph, self.start + start)
            start = found.end()
        yield Sentence(self.text[start:], self.paragraph, self.start + start)

    def _line_at(self, offset: int) -> int:
        lines = self.paragraph.lines
        return lines[bisect_right(lines, self.start + offset, key=lambda pair: pair[0]) - 1][1]


def quoted(claim: re.Match[str]) -> str:
    """The words of a claim for a message, cut where they are many.

    Not its whole sentence: reports print that beside the message.
    """
    words = " ".join(claim[0].split())
    return f'"{words}"' if len(words) <= _QUOTED else f'"{words[: _QUOTED - 3].rstrip()}..."'


def sentences(evidence: Evidence) -> Iterator[Sentence]:
    """The sentences of an article's Markdown, in order; none for scripts."""
    for paragraph in evidence.listing.prose:
        start = 0
        for end in (*_ends(paragraph), len(paragraph.text)):
            text = paragraph.text[start:end]
            if text.strip():
                yield Sentence(text.strip(), paragraph, start + len(text) - len(text.lstrip()))
            start = end


def _ends(paragraph: Paragraph) -> Iterator[int]:
    """Where the sentences of a paragraph but the last one end: before a capital letter, or code."""
    begins = {start for start, _ in paragraph.code}
    for found in _END.finditer(paragraph.text):
        end, text = found.end(), paragraph.text
        inside = any(start <= found.start() < stop for start, stop in paragraph.code)
        opens = end in begins or text[end : end + 1].isupper()
        if opens and not inside and not _SHORT.search(text[: found.start() + 1]):
            yield end


def code_text(evidence: Evidence) -> str:
    """The program's text in lower case, for looking up words."""
    return evidence.listing.text.lower()


# Words by which a sentence speaks of what could be and not of what is done.
_POSSIBLE = re.compile(
    r"\b(could|can|may|might|would|should|instead|alternativ\w*|another|other|also try|if|unlike|not|"
    r"rather than|such as|for example|e\.g\.|popular|common\w*|often|usually|typical\w*|compared?|"
    r"previous\w*|original\w*)\b",
    re.IGNORECASE,
)


# Words by which it speaks of another text, or of another run.
_PART = r"(tutorial|chapter|part|post|article|section|lesson|episode|series|example)"
_ELSEWHERE = re.compile(
    rf"\b((last|next|earlier|later|upcoming|first|second|third|final) {_PART}|"
    rf"{_PART} (one|two|three|four|five|\d+)|when (I|we|you) \w+ed)\b",
    re.IGNORECASE,
)


def asserted(sentence: Sentence) -> bool:
    """Whether a sentence says what this program does, as far as its words tell."""
    text = sentence.text
    return not (_POSSIBLE.search(text) or _ELSEWHERE.search(text) or "?" in text)
