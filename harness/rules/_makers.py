"""Which model's output an expression of the text is, followed through names and functions that hand it on."""

from __future__ import annotations

import ast

from harness.rules._evidence import Evidence
from harness.rules._program import dotted
from harness.rules._tapes import FUNCTIONS, bound_to, scope

_DEEPEST = 6


def maker(evidence: Evidence, value: ast.expr, deep: int = _DEEPEST) -> int | None:
    """The model that an expression calls, or that a name was last bound to a call of; None where unknown."""
    if not deep:
        return None
    if isinstance(value, ast.Name):
        made = bound_to(scope(evidence, value), value.id, value.lineno)
        plain = made is not None and isinstance(made.targets[0], ast.Name)
        return maker(evidence, made.value, deep - 1) if made is not None and plain else None
    name = dotted(value.func) if isinstance(value, ast.Call) else None
    if name is None:
        return None
    last = name.rpartition(".")[2]
    models = {m.model for m in evidence.models.values() if any(n.rpartition(".")[2] == last for n in m.names)}
    if models:
        return models.pop() if len(models) == 1 else None
    functions = [n for n in evidence.nodes if isinstance(n, FUNCTIONS) and n.name == last]
    if len(functions) != 1:
        return None
    returned = [n.value for n in ast.walk(functions[0]) if isinstance(n, ast.Return) and n.value is not None]
    found = {number for one in returned if (number := maker(evidence, one, deep - 1)) is not None}
    return found.pop() if len(found) == 1 else None
