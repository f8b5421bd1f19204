"""Where the data that a call is fed were made, behind the lines that only divide, scale or reshape them."""

from __future__ import annotations

import ast

from harness.rules._data_places import assignments, root_name
from harness.rules._evidence import Evidence
from harness.rules._program import called

_STEPS = 4
_HANDED_ON = {"array", "asarray", "fit_transform", "transform"}


def made_at(evidence: Evidence, node: ast.expr | None, line: int) -> int:
    """The line that makes an array which is read at ``line``; that line where the text shows no other.

    A list that is filled by ``append`` is made where it is filled.
    """
    name = root_name(node)
    for _ in range(_STEPS):
        filled = [n.lineno for n in evidence.nodes if isinstance(n, ast.Call) and _fills(n, name)]
        if filled:
            return max(filled)
        bound = [a for a in assignments(evidence, name or "") if a.lineno < line]
        if not bound:
            return line
        line, name = bound[-1].lineno, _before(bound[-1], name or "")
        if name is None:
            return line
    return line


def _fills(node: ast.Call, name: str | None) -> bool:
    return called(node) == "append" and isinstance(node.func, ast.Attribute) and root_name(node.func) == name


def _before(assign: ast.Assign, name: str) -> str | None:
    """The variable that an assignment only divides, scales or turns into an array; None where it makes it."""
    value, target = assign.value, assign.targets[0]
    if not isinstance(value, ast.Call):
        return None
    if called(value) == "train_test_split" and isinstance(target, ast.Tuple):
        names = [part.id if isinstance(part, ast.Name) else None for part in target.elts]
        place = names.index(name) // 2 if name in names else 0
        return root_name(value.args[place]) if place < len(value.args) else None
    if called(value) in _HANDED_ON and value.args:
        return _plain(value.args[0])
    if called(value) in {"reshape", "astype"} and isinstance(value.func, ast.Attribute):
        inner = value.func.value
        made = isinstance(inner, ast.Call) and called(inner) in _HANDED_ON and inner.args
        return _plain(inner.args[0] if made and isinstance(inner, ast.Call) else inner)
    return None


def _plain(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else None
