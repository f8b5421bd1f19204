"""Text that nobody vouches for, made harmless and visible."""

from __future__ import annotations

import re

#: What Markdown and Python count as the end of a line; ``str.splitlines`` knows eight more.
_LINE_END = re.compile(r"\r\n|\n|\r")


def clean(text: str) -> str:
    """``text`` on one line, with everything that is not plainly visible written as an escape.

    Control characters (ANSI sequences begin with one), right-to-left and other format marks, lone
    surrogates, and spaces that are not U+0020 become ``\\x1b``, ``\\u202e`` and the like.  A tab
    becomes four spaces.
    """
    if text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def clean_lines(text: str) -> list[str]:
    """The lines of ``text``, each cleaned."""
    return [clean(line) for line in split_lines(text)]


def split_lines(text: str) -> list[str]:
    """The lines of ``text`` as an article counts them."""
    return _LINE_END.split(text)


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return "    " if character == "\t" else character.encode("unicode_escape").decode("ascii")
