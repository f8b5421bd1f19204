"""What a measured result is of, so that one of an older text is not shown as this one's."""

from __future__ import annotations

import hashlib
import io
import tokenize
from collections.abc import Sequence

from harness.errata import Erratum


def program_digest(text: str) -> str:
    """SHA-256 of a program without its comments and blank lines, which change no training.

    Made of lines and not of a syntax tree: that looks different from one Python to the next.
    """
    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    kept = (line.rstrip() for line in lines)
    return hashlib.sha256("\n".join(line for line in kept if line).encode()).hexdigest()


def errata_digest(article: str, errata: Sequence[Erratum]) -> str:
    """SHA-256 of an article and of all in its errata that a proof rests on: not of their words."""
    parts = [(one.id, one.kind, one.lines, one.edit, one.symptom, one.mutation) for one in errata]
    return hashlib.sha256(repr((article, parts)).encode()).hexdigest()
