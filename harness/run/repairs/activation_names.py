"""Names an activation as Keras does: ``"leaky_relu"`` for a layer's name, ``"softmax"`` for a slip."""

from __future__ import annotations

import ast
import difflib
import re

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import own_nodes, replaced, text, tree

_UNKNOWN = re.compile(r"Could not interpret activation function identifier: (?P<name>[\w ]+)")
_KNOWN = (
    *("elu", "exponential", "gelu", "hard_sigmoid", "leaky_relu", "linear", "log_softmax", "mish", "relu"),
    *("relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "swish", "tanh"),
)


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    found = _UNKNOWN.search(context.message)
    if statement is None or found is None:
        return None
    name = found["name"].strip()
    known = _known(name)
    named = [node for node in own_nodes(statement) if isinstance(node, ast.Constant) and node.value == name]
    if known is None or not named:
        return None
    before = text(context, named[0])
    after = before.replace(name, known)
    return Proposal(
        rule="activation-not-known",
        statement=replaced(context.source, [(node, after) for node in named]),
        bind=None,
        before=before,
        after=after,
        evidence={"name": name, "known": known},
    )


def _known(name: str) -> str | None:
    """The activation that a name is likely meant to be; a layer's name begins its words with capitals."""
    plain = {known.replace("_", ""): known for known in _KNOWN}
    said = re.sub(r"[^a-z0-9]", "", name.lower())
    near = difflib.get_close_matches(said, list(plain), n=1, cutoff=0.8)
    return plain.get(said) or (plain[near[0]] if near else None)
