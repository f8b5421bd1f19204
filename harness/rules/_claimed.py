"""Numbers of the code that a sentence of the text can be held against."""

from __future__ import annotations

import ast

from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence


def numbers_written(evidence: Evidence) -> frozenset[float]:
    """Every number that stands in the code."""
    return frozenset(
        float(node.value)
        for node in evidence.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    )


def plain_number(evidence: Evidence, node: ast.expr) -> float | None:
    """The number that an expression is: written out, or held by a variable that is bound once."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if not isinstance(node, ast.Name):
        return None
    bound = assignments(evidence, node.id)
    stores = [
        n
        for n in evidence.nodes
        if (isinstance(n, ast.Name) and n.id == node.id and not isinstance(n.ctx, ast.Load))
        or (isinstance(n, ast.arg) and n.arg == node.id)
    ]
    if len(bound) != 1 or len(stores) != 1 or not isinstance(bound[0].value, ast.Constant):
        return None
    return plain_number(evidence, bound[0].value)
