"""Compiles a model anew with what stands in the third place, ``loss_weights`` since Keras 3, as metrics."""

from __future__ import annotations

import ast

from harness.knowledge.refusals import NAMES_AS_LOSS_WEIGHTS, OBJECTS_AS_LOSS_WEIGHTS
from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, lookup, own_nodes, tree

_THIRD = 2
_USING = {"fit", "train_on_batch", "evaluate", "test_on_batch"}


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if statement is None or not _no_numbers(context.message) or not _gives_three(context.program):
        return None
    for call in own_nodes(statement):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        path = dotted(call.func.value) if call.func.attr in _USING else None
        weights = getattr(
            getattr(lookup(context, path or [""]), "_compile_loss", None), "_user_loss_weights", None
        )
        if path is None or len(path) != 1 or path[0] in context.local_names or _are_numbers(weights):
            continue
        name = path[0]
        anew = (
            f"{name}.compile({name}.optimizer, {name}.loss, metrics={name}._compile_loss._user_loss_weights)"
        )
        return Proposal(
            rule="metrics-as-loss-weights",
            statement=None,
            bind=anew,
            before="",
            after=anew,
            evidence={"model": name},
        )
    return None


def _no_numbers(message: str) -> bool:
    return bool(NAMES_AS_LOSS_WEIGHTS.search(message) or OBJECTS_AS_LOSS_WEIGHTS.search(message))


def _are_numbers(weights: object) -> bool:
    each = weights.values() if isinstance(weights, dict) else weights
    several = each if isinstance(each, list | tuple) else [each]
    return weights is None or all(isinstance(one, int | float) for one in several)


def _gives_three(program: str) -> bool:
    """Whether a ``compile`` is given three things without their names: the rule tells of no other."""
    try:
        nodes = list(ast.walk(ast.parse(program)))
    except SyntaxError:
        return False
    return any(
        isinstance(node, ast.Call)
        and getattr(node.func, "attr", None) == "compile"
        and len(node.args) > _THIRD
        for node in nodes
    )
