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
        value = bound_once(evidence, node.id)
        return () if value is None else predicted(evidence, value, depth - 1)
    if not isinstance(node, ast.Call):
        return ()
    if called(node) in _SAME and isinstance(node.func, ast.Attribute):
        inner = (node.args[0] if node.args else None) if is_module(node.func.value) else node.func.value
        return predicted(evidence, inner, depth - 1) if inner is not None else ()
    return tuple(call for call in made_by(evidence, node) if call.error is None)


def made_by(evidence: Evidence, node: ast.Call) -> tuple[Call, ...]:
    """The recorded calls of a model that an expression made, failed ones too."""
    name = dotted(node.func.value if isinstance(node.func, ast.Attribute) else node.func)
    return tuple(
        call
        for call in evidence.calls
        if call.api in _PREDICTING
        and call.line is not None
        and node.lineno <= call.line <= (node.end_lineno or node.lineno)
        and call.model is not None
        and call.model in evidence.models
        and name in evidence.models[call.model].names
    )


def bound_once(evidence: Evidence, name: str) -> ast.expr | None:
    """What a variable holds that is bound by itself, once, and is nobody's parameter."""
    bound = assignments(evidence, name)
    stores = [n for n in evidence.nodes if isinstance(n, ast.Name) and n.id == name]
    plain = len(bound) == 1 and isinstance(bound[0].targets[0], ast.Name) and not is_parameter(evidence, name)
    once = sum(not isinstance(n.ctx, ast.Load) for n in stores) == 1
    return bound[0].value if plain and once else None


def is_parameter(evidence: Evidence, name: str) -> bool:
    """Whether a name is a function's parameter somewhere, and may stand for other things."""
    return any(isinstance(node, ast.arg) and node.arg == name for node in evidence.nodes)


def is_module(node: ast.expr) -> bool:
    """Whether an expression is the usual name of a module of array functions."""
    return isinstance(node, ast.Name) and node.id in _MODULES
