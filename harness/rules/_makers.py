"""Which model's output an expression of the text is, followed through names and functions that hand it on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.rules._evidence import Evidence
from harness.rules._program import called, dotted, keyword
from harness.rules._tapes import FUNCTIONS, bound_to, scope

_DEEPEST = 6


def maker(evidence: Evidence, value: ast.expr, deep: int = _DEEPEST) -> int | None:
    """The model that an expression calls, or that a name was last bound to a call of; None where unknown."""
    if not deep:
        return None
    if isinstance(value, ast.Name):
        made = bound_to(scope(evidence, value), value.id, value.lineno)
        if made is None:
            return _one(maker(evidence, given, deep - 1) for given in _given(evidence, value))
        return maker(evidence, made.value, deep - 1) if isinstance(made.targets[0], ast.Name) else None
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


def _given(evidence: Evidence, name: ast.Name) -> Iterator[ast.expr]:
    """What the program's own calls give a function for its parameter of this name."""
    around = scope(evidence, name)
    if not isinstance(around, FUNCTIONS):
        return
    names = [parameter.arg for parameter in around.args.args]
    if name.id not in names:
        return
    place = names.index(name.id) - (names[0] in {"self", "cls"})
    for node in evidence.nodes:
        if isinstance(node, ast.Call) and called(node) == around.name:
            given = node.args[place] if len(node.args) > place else keyword(node, name.id)
            yield ast.Constant(None) if given is None else given


def _one(found: Iterator[int | None]) -> int | None:
    """The model that all of them are; None where one is another or unknown."""
    models = set(found)
    return models.pop() if len(models) == 1 else None
