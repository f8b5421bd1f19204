"""Replacements for a part of what is printed."""

from __future__ import annotations

import ast

from harness.model import Fix
from harness.rules._evidence import Evidence


def in_place_of(evidence: Evidence, node: ast.expr, right: str) -> Fix | None:
    """What to write for an expression; None where it is not printed once, whole, on its line."""
    printed = ast.get_source_segment("\n".join(evidence.lines), node)
    if printed is None or evidence.lines[node.lineno - 1].count(printed) != 1:
        return None
    return Fix(printed, right)
