"""Gives an average pooling the size that Keras 2 took where none is written."""

from __future__ import annotations

import ast
import re

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import own_nodes, replaced, text, tree, with_keyword

_MISSING = re.compile(r"(?P<layer>AveragePooling[123]D)\.__init__\(\) missing .*argument: 'pool_size'")
_DEFAULT = 2  # of Keras 2, along every axis


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    said = _MISSING.search(context.message)
    if statement is None or said is None:
        return None
    names = {said["layer"], said["layer"].replace("AveragePooling", "AvgPool")}
    calls = [
        node
        for node in own_nodes(statement)
        if isinstance(node, ast.Call)
        and text(context, node.func).rpartition(".")[2] in names
        and not node.args
        and all(word.arg not in {"pool_size", None} for word in node.keywords)
    ]
    if len(calls) != 1:
        return None
    before = text(context, calls[0])
    after = with_keyword(before, f"pool_size={_DEFAULT}")
    return Proposal(
        rule="pool-size-left-out",
        statement=replaced(context.source, [(calls[0], after)]),
        bind=None,
        before=before,
        after=after,
        evidence={"layer": said["layer"], "default": _DEFAULT},
    )
