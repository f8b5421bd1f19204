"""Assigns to a variable of Keras 3 what the old ``keras.backend.set_value`` no longer can."""

from __future__ import annotations

import ast

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import text, tree


def repair(context: FaultContext) -> Proposal | None:
    """``K.set_value(x, y)``: plain Keras has it no more, and that of ``tf.keras`` fails on every variable."""
    call = getattr(tree(context), "value", None)
    if not isinstance(call, ast.Call) or len(call.args) != 2 or call.keywords:
        return None
    if context.type != "AttributeError" or ast.unparse(call.func).rpartition(".")[2] != "set_value":
        return None
    # Keras hides its own steps from the traceback of what fails inside of a training.
    refused = "'str' object has no attribute 'name'" in context.message and ".name" not in context.source
    if not refused and "has no attribute 'set_value'" not in context.message:
        return None
    variable, value = (text(context, argument) for argument in call.args)
    after = f"{variable}.assign({value})"
    return Proposal(
        rule="removed-attribute",
        statement=after,
        bind=None,
        before=context.source,
        after=after,
        evidence={
            "old": "keras.backend.set_value",
            "replacement": after,
            "removed_in": "Keras 3.0",
            "when": "cannot set a variable of Keras",
            "instead": f"assign to it, as in `{after}`",
        },
    )
