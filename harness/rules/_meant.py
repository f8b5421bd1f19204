"""Networks that are to stay as they are."""

from __future__ import annotations

import ast

from harness.model import ModelSeen
from harness.rules._evidence import Evidence
from harness.rules._mended import fetched
from harness.rules._program import called, enclosing, frozen, loop_around

# What gives a network weights from elsewhere.
_GIVEN = frozenset(
    {"set_weights", "load_weights", "load_model", "clone_model", "restore", "assign", "get_layer"}
)


def meant_to_stay(evidence: Evidence, seen: ModelSeen) -> bool:
    """Whether the text gives a reason why a network is to stay as it is."""
    short = {name.rpartition(".")[2] for name in seen.names}
    if any(not flag and text.split(".")[-1] in short for _, text, flag in frozen(evidence)):
        return True
    given = [node for node in evidence.nodes if isinstance(node, ast.Call) and called(node) in _GIVEN]
    if any(_words(evidence, node) & short for node in given):
        return True
    return fetched(evidence)


def _words(evidence: Evidence, node: ast.AST) -> set[str]:
    """The names in the statement around a node, and in what the loop around it goes through."""
    statement, loop = enclosing(evidence, node, ast.stmt), loop_around(evidence, node)
    parts = [statement] if statement is not None else []
    parts += [loop.iter] if isinstance(loop, ast.For) else []
    inside = [part for whole in parts for part in ast.walk(whole)]
    names = {part.id for part in inside if isinstance(part, ast.Name)}
    return names | {part.attr for part in inside if isinstance(part, ast.Attribute)}
