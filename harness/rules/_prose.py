"""An article's sentences outside its code, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.rules._evidence import Evidence

_END = re.compile(r"(?<=[.!?:])\s+(?=[A-Z*])")
_FENCE = re.compile(r"^\s*(```|~~~)")
_QUOTED = 90


@dataclass(frozen=True)
class Sentence:
    """One sentence of a Markdown article; paragraphs are taken line by line."""

    line: int
    text: str

    @property
    def quoted(self) -> str:
        """The sentence for a message, cut where it is long."""
        text = self.text if len(self.text) <= _QUOTED else self.text[: _QUOTED - 3].rstrip() + "..."
        return f'"{text}"'


def sentences(evidence: Evidence) -> Iterator[Sentence]:
    """The sentences of a Markdown article, in order; none for scripts and notebooks."""
    if evidence.listing.article.kind != "markdown":
        return
    code = {n for block in evidence.listing.blocks for n in range(block.line - 1, block.end_line + 2)}
    for number, line in enumerate(evidence.lines, start=1):
        text = line.strip()
        if number in code or not text or _FENCE.match(line) or text.startswith("#"):
            continue
        for sentence in _END.split(text):
            yield Sentence(number, sentence.strip())


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
