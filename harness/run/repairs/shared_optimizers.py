"""Gives a model an optimizer of its own, of the same settings, where it was compiled with another's."""

from __future__ import annotations

import ast

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, own_nodes, replaced, text, tree

_REFUSED = ("Unknown variable", "cannot recognize variable", "doesn't recognize variable")
_TRAINING = {"fit", "train_on_batch"}
# The statement is run in every round: the model is marked, so that its optimizer stays the same from then on.
_MARK = "has_own_optimizer"


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if statement is None or not any(words in context.message for words in _REFUSED):
        return None
    models = [
        node.func.value
        for node in own_nodes(statement)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _TRAINING
        and dotted(node.func.value)
    ]
    if len(models) != 1:
        return None
    name = text(context, models[0])
    own = f"{name}.optimizer.from_config({name}.optimizer.get_config())"
    # A step that was traced with the other optimizer is forgotten with it.
    changes = (("optimizer", own), ("train_function", "None"), (_MARK, "True"))
    made = " or ".join(f"setattr({name}, {key!r}, {value})" for key, value in changes)
    after = f"({name} if hasattr({name}, {_MARK!r}) else {made} or {name})"
    return Proposal(
        rule="unknown-variables-in-optimizer",
        statement=replaced(context.source, [(models[0], after)]),
        bind=None,
        before=name,
        after=after,
        evidence={"model": name},
    )
