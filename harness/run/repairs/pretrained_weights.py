"""Goes on with random weights where a network's pretrained ones cannot be fetched."""

from __future__ import annotations

import ast

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, lookup, own_nodes, replaced, text, tree, with_keyword

_UNFETCHED = "URL fetch failure"
_HOMES = ("keras.src.applications.", "tf_keras.src.applications.")


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if statement is None or _UNFETCHED not in context.message:
        return None
    for call in own_nodes(statement):
        if isinstance(call, ast.Call) and _makes_network(context, call):
            return _proposal(context, call)
    return None


def _makes_network(context: FaultContext, call: ast.Call) -> bool:
    path = dotted(call.func)
    made = lookup(context, path) if path else None
    given = next((word.value for word in call.keywords if word.arg == "weights"), None)
    fetched = given is None or (isinstance(given, ast.Constant) and given.value == "imagenet")
    return str(getattr(made, "__module__", "")).startswith(_HOMES) and fetched


def _proposal(context: FaultContext, call: ast.Call) -> Proposal:
    word = next((word for word in call.keywords if word.arg == "weights"), None)
    before = text(context, call)
    edit = (call, with_keyword(before, "weights=None")) if word is None else (word, "weights=None")
    # The article is right as it stands: what is put in its place is no cure, and none is offered.
    return Proposal(
        rule="needs-network",
        statement=replaced(context.source, [edit]),
        bind=None,
        before=before,
        after=before,
        evidence={"network": text(context, call.func).rpartition(".")[2]},
    )
