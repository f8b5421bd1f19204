"""Expressions that hold a model's predictions as they are: which recorded call made them."""

from __future__ import annotations

import ast

from harness.model import Call
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence
from harness.rules._program import called, dotted

_PREDICTING = {"predict", "predict_on_batch", "call"}
_SAME = {"numpy", "array", "asarray"}
_MODULES = {"np", "numpy", "tf", "ops", "jnp"}


def predicted(evidence: Evidence, node: ast.expr, depth: int = 4) -> tuple[Call, ...]:
    """The recorded calls whose whole predictions an expression is; empty where it may be anything else.

    Follows variables that are bound once, and nothing that changes a number or takes a part.
    """
    if depth == 0:
        return ()
    if isinstance(node, ast.Name):
        bound = assignments(evidence, node.id)
        stores = [n for n in evidence.nodes if isinstance(n, ast.Name) and n.id == node.id]
        parameter = any(isinstance(n, ast.arg) and n.arg == node.id for n in evidence.nodes)
        plain = len(bound) == 1 and isinstance(bound[0].targets[0], ast.Name) and not parameter
        once = sum(not isinstance(n.ctx, ast.Load) for n in stores) == 1
        return predicted(evidence, bound[0].value, depth - 1) if plain and once else ()
    if not isinstance(node, ast.Call):
        return ()
    if called(node) in _SAME and isinstance(node.func, ast.Attribute):
        module = isinstance(node.func.value, ast.Name) and node.func.value.id in _MODULES
        inner = (node.args[0] if node.args else None) if module else node.func.value
        return predicted(evidence, inner, depth - 1) if inner is not None else ()
    return _made(evidence, node)


def _made(evidence: Evidence, node: ast.Call) -> tuple[Call, ...]:
    name = dotted(node.func.value if isinstance(node.func, ast.Attribute) else node.func)
    return tuple(
        call
        for call in evidence.calls
        if call.api in _PREDICTING
        and call.line is not None
        and node.lineno <= call.line <= (node.end_lineno or node.lineno)
        and call.model is not None
        and call.model in evidence.models
        and call.error is None
        and name in evidence.models[call.model].names
    )
