"""Where an optimizer is made with which a model is compiled."""

from __future__ import annotations

import ast

from harness.model import Compiled
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence
from harness.rules._program import called, keyword


def optimizer_line(evidence: Evidence, event: Compiled) -> int | None:
    """The line that makes the optimizer of a compile; that of the compile where the text shows no other."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "compile" or event.line is None:
            continue
        if not node.lineno <= event.line <= (node.end_lineno or node.lineno):
            continue
        given = keyword(node, "optimizer") or (node.args[0] if node.args else None)
        if isinstance(given, ast.Call):
            return given.lineno
        made = assignments(evidence, given.id) if isinstance(given, ast.Name) else ()
        before = [a for a in made if a.lineno < node.lineno and called(a.value) == event.optimizer]
        if before and len(before) == len(made):
            return before[-1].lineno
    return event.line
