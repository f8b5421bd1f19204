"""Lines as an editor counts them, which is how Python's parser counts them too."""

from __future__ import annotations

import re

LINE_END = re.compile(r"\r\n|\n|\r")


def split_lines(text: str) -> list[str]:
    """The lines of ``text`` without their ends, a leading byte order mark left out.

    Only ``\\n``, ``\\r\\n`` and ``\\r`` end a line.  ``str.splitlines`` also breaks at form feeds,
    vertical tabs and U+2028, where neither an editor nor Python's parser does.  A NUL, which no
    parser accepts, becomes U+FFFD as CommonMark asks, and so does half a surrogate pair.
    """
    lines = LINE_END.split(text.removeprefix("\ufeff"))
    if lines[-1] == "":
        lines.pop()
    return [_UNREADABLE.sub("\ufffd", line) for line in lines]


_UNREADABLE = re.compile("[\x00\ud800-\udfff]")


def indentation(line: str) -> int:
    """The column of the first character of ``line`` that is not white space, as Python counts it."""
    blanks = line[: len(line) - len(line.lstrip(" \t\f"))]
    if "\t" not in blanks and "\f" not in blanks:
        return len(blanks)
    column = 0
    for character in blanks:
        if character == " ":
            column += 1
        elif character == "\t":
            column += 8 - column % 8
        else:
            column = 0
    return column


def is_blank(line: str) -> bool:
    """Whether Python sees nothing in ``line``: white space only, or a comment."""
    stripped = line.lstrip(" \t\f")
    return not stripped or stripped.startswith("#")
