"""Joins layers with the function that does what a mode of Keras 1's ``merge`` did: ``add`` for ``sum``."""

from __future__ import annotations

import ast

from harness.knowledge.imports import uses_tensorflow_keras
from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, lookup, own_nodes, replaced, text, tree

# What an import of the lost ``merge`` is given, and the successor of each of its modes.
_STANDS_IN = "concatenate"
_SUCCESSORS = {
    "sum": "add",
    "mul": "multiply",
    "concat": "concatenate",
    "ave": "average",
    "max": "maximum",
    "dot": "dot",
    "cos": "dot",
}
_RENAMED = {"concat_axis": "axis", "dot_axes": "axes"}
_DROPPED = {"mode", "output_shape", "output_mask", "arguments", "node_indices", "tensor_indices"}


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if statement is None:
        return None
    for call in own_nodes(statement):
        if isinstance(call, ast.Call) and call.args and _is_merge(context, call):
            mode = _mode(call)
            if mode in _SUCCESSORS:
                return _proposal(context, call, mode)
    return None


def _is_merge(context: FaultContext, call: ast.Call) -> bool:
    path = dotted(call.func)
    return bool(path) and getattr(lookup(context, path or []), "__name__", "") == _STANDS_IN


def _mode(call: ast.Call) -> str:
    named = [word.value for word in call.keywords if word.arg == "mode"]
    given = [*named, *call.args[1:2]]
    return str(given[0].value) if given and isinstance(given[0], ast.Constant) else ""


def _proposal(context: FaultContext, call: ast.Call, mode: str) -> Proposal:
    new = _SUCCESSORS[mode]
    words = [word for word in call.keywords if word.arg not in _DROPPED]
    # Each function takes what belongs to it only; Keras 1 looked past the rest.
    own = {"concat": "concat_axis", "dot": "dot_axes", "cos": "dot_axes"}.get(mode)
    given = [
        f"{_RENAMED.get(str(word.arg), word.arg)}={text(context, word.value)}"
        for word in words
        if word.arg not in _RENAMED or word.arg == own
    ]
    if mode == "cos":
        given.append("normalize=True")
    if own == "dot_axes" and not any(word.arg == own for word in words):
        given.append("axes=-1")
    after = f"{new}({', '.join([text(context, call.args[0]), *given])})"
    package = "tensorflow.keras" if uses_tensorflow_keras(context.program) else "keras"
    return Proposal(
        rule="removed-attribute",
        statement=replaced(context.source, [(call, after)]),
        bind=f"from {package}.layers import {new}",
        before=text(context, call),
        after=after,
        evidence={
            "old": f"keras.layers.merge(mode='{mode}')",
            "replacement": f"keras.layers.{new}",
            "removed_in": "Keras 2.2",
            "import": f"from {package}.layers import {new}",
        },
    )
