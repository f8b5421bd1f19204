"""Leaves out the drawing of a model where the packages that draw are not installed."""

from __future__ import annotations

import ast
import re

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import own_nodes, replaced, text, tree

_ASKED = re.compile(r"\b(?:pydot|pydotplus|graphviz)\b", re.IGNORECASE)
_DRAWS = {"plot_model", "model_to_dot"}


def repair(context: FaultContext) -> Proposal | None:
    """The drawing alone is left out: nothing that is computed depends on it."""
    statement = tree(context)
    if statement is None or context.type != "ImportError" or not _ASKED.search(context.message):
        return None
    for call in own_nodes(statement):
        name = text(context, call.func).rpartition(".")[2] if isinstance(call, ast.Call) else ""
        if name in _DRAWS and isinstance(statement, ast.Expr) and statement.value is call:
            before = text(context, call)
            return Proposal(
                rule="package-not-installed",
                statement=replaced(context.source, [(call, "None")]),
                bind=None,
                before=before,
                after=before,
                evidence={"call": name},
            )
    return None
