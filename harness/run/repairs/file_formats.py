"""Gives a file of weights or of a model the ending that Keras 3 asks for."""

from __future__ import annotations

import ast
import re

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import own_nodes, replaced, text, tree

_WANTED = re.compile(r"must end in `(?P<ending>\.[\w.]+)`|add either a `(?P<either>\.keras)` extension")
_RECEIVED = re.compile(r"Received: filepath=(?P<path>.+?)\.?$", re.MULTILINE)
_OLD_ENDING = re.compile(r"(?:\.(?:weights\.)?(?:h5|hdf5|tf|ckpt|keras|model))?/?$")


def repair(context: FaultContext) -> Proposal | None:
    wanted, received = _WANTED.search(context.message), _RECEIVED.search(context.message)
    statement = tree(context)
    if wanted is None or received is None or statement is None:
        return None
    ending = wanted["ending"] or wanted["either"]
    for node in own_nodes(statement):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value == received["path"]:
            before = text(context, node)
            inner = before.strip("'\"")
            after = before.replace(inner, _OLD_ENDING.sub(ending, inner, count=1))
            return Proposal(
                rule="outdated-file-format",
                statement=replaced(context.source, [(node, after)]),
                bind=None,
                before=before,
                after=after,
                evidence={"path": node.value, "ending": ending},
            )
    return None
