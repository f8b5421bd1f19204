"""Feeds a model whose output a functional model cannot reach with what it can reach."""

from __future__ import annotations

import ast
import re

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, lookup, own_nodes, replaced, text, tree

_DISCONNECTED = re.compile(
    r"[Oo]utput with path `(?P<path>\d*)` is not connected to `inputs`|Graph disconnected"
)


def repair(context: FaultContext) -> Proposal | None:
    found = _DISCONNECTED.search(context.message)
    statement = tree(context)
    if found is None or statement is None:
        return None
    for call in own_nodes(statement):
        if not isinstance(call, ast.Call):
            continue
        inputs, outputs = _argument(call, 0, "input"), _argument(call, 1, "output")
        if inputs is None or outputs is None:
            continue
        every = outputs.elts if isinstance(outputs, ast.List | ast.Tuple) else [outputs]
        index = int(found["path"] or 0)
        if index < len(every):
            rest = [node for node in every if node is not every[index]]
            return _fed(context, every[index], [*rest, inputs])
    return None


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg in (name, f"{name}s"):
            return keyword.value
    return call.args[position] if len(call.args) > position else None


def _fed(context: FaultContext, stray: ast.expr, reached: list[ast.expr]) -> Proposal | None:
    """Put ``B(A.output)`` for ``B.output`` where A is reached and B takes what A gives."""
    owner = _owner(stray)
    model = lookup(context, dotted(owner) or [""]) if owner is not None else None
    wanted = _row(getattr(model, "input_shape", None))
    if owner is None or wanted is None:
        return None
    for node in reached:
        giver = _owner(node)
        other = lookup(context, dotted(giver) or [""]) if giver is not None else None
        if giver is None or other is None or other is model:
            continue
        if _row(getattr(other, "output_shape", None)) == wanted:
            tensor = re.sub(r"\.input(s?)\b", r".output\1", text(context, node))
            after = f"{text(context, owner)}({tensor})"
            return Proposal(
                rule="graph-disconnected",
                statement=replaced(context.source, [(stray, after)]),
                bind=None,
                before=text(context, stray),
                after=after,
                evidence={
                    "output": text(context, owner),
                    "reached": text(context, giver),
                    "row": list(wanted),
                },
            )
    return None


def _owner(node: ast.expr) -> ast.expr | None:
    """``B`` of ``B.output``, ``B.outputs[0]`` and the same with inputs."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute) and node.attr in ("output", "outputs", "input", "inputs"):
        return node.value
    return None


def _row(shape: object) -> tuple[int | None, ...] | None:
    return tuple(shape[1:]) if isinstance(shape, tuple) and shape else None
