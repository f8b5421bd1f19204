"""A Python script: one block, whatever is in it."""

from __future__ import annotations

from harness.listing.lines import split_lines
from harness.listing.markdown import RawBlock


def code_blocks(text: str) -> list[RawBlock]:
    """All of a script as one block."""
    lines = split_lines(text)
    return [RawBlock("python", 1, tuple(lines))] if lines else []
