"""Gives a convolution the sides of its kernel as one: ``kernel_size=(3, 5)`` for ``nb_row=3, nb_col=5``."""

from __future__ import annotations

import ast

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import own_nodes, replaced, text, tree, with_keyword, without_keywords

_SIDES = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if statement is None or not any(
        side in context.message for side in ("'kernel_size'", *_SIDES[0], *_SIDES[1])
    ):
        return None
    for call in own_nodes(statement):
        given = {word.arg: word.value for word in call.keywords} if isinstance(call, ast.Call) else {}
        for sides in _SIDES:
            if isinstance(call, ast.Call) and all(side in given for side in sides):
                size = f"kernel_size=({', '.join(text(context, given[side]) for side in sides)})"
                return _proposal(context, call, sides, size)
    return None


def _proposal(context: FaultContext, call: ast.Call, sides: tuple[str, ...], size: str) -> Proposal:
    before = text(context, call)
    after = with_keyword(without_keywords(before, *sides), size)
    return Proposal(
        rule="removed-argument",
        statement=replaced(context.source, [(call, after)]),
        bind=None,
        before=before,
        after=after,
        evidence={
            "argument": sides[0],
            "replacement": "kernel_size",
            "removed_in": "Keras 2.0",
            "callable": text(context, call.func).rpartition(".")[2],
            "together": list(sides),
            "size": size,
        },
    )
