"""Makes a Python integer of a layer size that is a float or a NumPy number."""

from __future__ import annotations

import ast

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import own_nodes, replaced, text, tree

_REFUSED = "invalid value for `units`, expected a positive integer"
_LAYERS = {"Dense", "EinsumDense", "LSTM", "GRU", "SimpleRNN"}


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if statement is None or _REFUSED not in context.message:
        return None
    sizes = [
        size
        for node in own_nodes(statement)
        if isinstance(node, ast.Call) and (size := _size(node)) is not None
    ]
    if len(sizes) != 1:
        return None  # which of several was refused cannot be told from the message
    before = text(context, sizes[0])
    after = f"int({before})"
    return Proposal(
        rule="units-not-an-integer",
        statement=replaced(context.source, [(sizes[0], after)]),
        bind=None,
        before=before,
        after=after,
        evidence={"expression": before, "found": context.message.rpartition("units=")[2].split("\n")[0]},
    )


def _size(call: ast.Call) -> ast.expr | None:
    """The size that a layer is made with, where it is computed rather than written out."""
    name = getattr(call.func, "attr", getattr(call.func, "id", None))
    if name not in _LAYERS:
        return None
    named = [keyword.value for keyword in call.keywords if keyword.arg == "units"]
    sizes = named or call.args[:1]
    if not sizes or (isinstance(sizes[0], ast.Constant) and isinstance(sizes[0].value, int)):
        return None
    return sizes[0]
