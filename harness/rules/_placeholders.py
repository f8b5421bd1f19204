"""What stands in a listing for code that the author left out."""

from __future__ import annotations

import re

_MARKS = (
    r"^(\.\.\.|…)",  # "... // Define the model"
    r"^(//|/\*|--)",  # a comment of another language
    r"^<[^<>=]*\s[^<>=]*>$",  # "<your code here>"
    r"^\[[^\[\]'\"]*\b(your|code|rest|here)\b[^\[\]'\"]*\]$",
    r"(\.\.\.|…)\s*$",  # "x = ..." is Python, "train the model ..." is not
)
_PLACEHOLDER = re.compile("|".join(_MARKS), re.IGNORECASE)


def is_placeholder(source: str) -> bool:
    """Whether unparsable text is a mark for left-out code: every line of it looks like one."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    return bool(lines) and all(_PLACEHOLDER.search(line) for line in lines)
