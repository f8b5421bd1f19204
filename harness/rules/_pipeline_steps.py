"""The steps that a data pipeline goes through, from the text."""

from __future__ import annotations

import ast

from harness.rules._data_places import assignments, root_name
from harness.rules._evidence import Evidence
from harness.rules._program import enclosing

_DEEPEST = 40  # steps and variables that are followed


def steps_to(evidence: Evidence, node: ast.expr | None, deep: int = 0) -> tuple[ast.Call, ...]:
    """The calls of methods on the way to an expression, first to last, through the variables on it.

    A variable is what the last assignment before the place made it.
    """
    if deep > _DEEPEST:
        return ()
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return (*steps_to(evidence, node.func.value, deep + 1), node)
    if isinstance(node, ast.Name):
        made = made_at(evidence, node)
        return () if made is None else steps_to(evidence, made.value, deep + 1)
    return ()


def made_at(evidence: Evidence, name: ast.Name) -> ast.Assign | None:
    """The last assignment to a variable alone before a place that uses it, in the same function."""
    around = enclosing(evidence, name, ast.FunctionDef)
    before = [
        assign
        for assign in assignments(evidence, name.id)
        if (assign.end_lineno or assign.lineno) < name.lineno
        and enclosing(evidence, assign, ast.FunctionDef) is around
    ]
    last = before[-1] if before else None
    return last if last is not None and any(isinstance(one, ast.Name) for one in last.targets) else None


def made_from(evidence: Evidence, name: str) -> frozenset[str]:
    """A variable and all that are cut, batched or mapped from it."""
    found, size = {name}, 0
    while len(found) > size:
        size = len(found)
        for node in evidence.nodes:
            if isinstance(node, ast.Assign) and root_name(node.value) in found:
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(found)


def line_of(step: ast.Call) -> int:
    """The line on which a step's method is named: a chain may go over many lines."""
    return step.func.end_lineno or step.lineno
