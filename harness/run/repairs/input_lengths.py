"""Spells the shape of sequences as layers take it: recurrent ones lost ``input_length`` with Keras 3.

Until Keras 2 ``LSTM(32, input_length=10, input_dim=6)`` meant sequences of 10 steps of 6 numbers.  Keras 3
takes ``input_dim`` for the whole shape, so that the layer is given rows of numbers and refuses them.
"""

from __future__ import annotations

import ast
import re

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import (
    own_nodes,
    replaced,
    text,
    tree,
    with_keyword,
    without_keywords,
)

_LAYERS = {"LSTM", "GRU", "SimpleRNN", "Conv1D"}
_REFUSED = re.compile(
    r"Unrecognized keyword arguments passed to \w+: \{.*'input_length':|found ndim=2\. Full shape received",
    re.DOTALL,
)


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if statement is None or not _REFUSED.search(context.message):
        return None
    for call in own_nodes(statement):
        if not isinstance(call, ast.Call) or text(context, call.func).rpartition(".")[2] not in _LAYERS:
            continue
        given = {word.arg: word.value for word in call.keywords}
        if "input_dim" in given:
            return _proposal(context, call, given)
    return None


def _proposal(context: FaultContext, call: ast.Call, given: dict[str | None, ast.expr]) -> Proposal:
    steps = text(context, given["input_length"]) if "input_length" in given else "None"
    shape = f"input_shape=({steps}, {text(context, given['input_dim'])})"
    before = text(context, call)
    after = with_keyword(without_keywords(before, "input_dim", "input_length"), shape)
    return Proposal(
        rule="removed-argument",
        statement=replaced(context.source, [(call, after)]),
        bind=None,
        before=before,
        after=after,
        evidence={
            "argument": "input_length" if "input_length" in given else "input_dim",
            "replacement": shape,
            "removed_in": "Keras 3.0",
            "callable": text(context, call.func).rpartition(".")[2],
            "shape": shape,
        },
    )
