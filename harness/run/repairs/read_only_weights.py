"""Leaves out what assigns a layer's lists of weights: Keras keeps them by itself since 2.4."""

from __future__ import annotations

import ast
import re

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import text, tree

_REFUSED = re.compile(
    r"property '(\w+)' of '\w+' object has no setter|Can't set the attribute \"(\w+)\", likely because"
)
_LISTS = {"trainable_weights", "non_trainable_weights", "weights", "updates", "losses"}


def repair(context: FaultContext) -> Proposal | None:
    found, statement = _REFUSED.search(context.message), tree(context)
    name = (found[1] or found[2]) if found else ""
    if name not in _LISTS or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    if not isinstance(target, ast.Attribute) or target.attr != name:
        return None
    return Proposal(
        rule="removed-attribute",
        statement=text(context, statement.value),
        bind=None,
        before=context.source,
        after="",
        evidence={
            "old": f"Layer.{name}",
            "replacement": "",
            "removed_in": "Keras 2.4",
            "when": "cannot be assigned to",
            "instead": "leave this out: a layer keeps account of its weights by itself",
        },
    )
