"""Gives a file of weights or of a model the ending that Keras 3 asks for, where it is saved and loaded."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import own_nodes, replaced, text, tree

_WANTED = re.compile(r"must end in `(?P<ending>\.[\w.]+)`|add either a `(?P<either>\.keras)` extension")
_RECEIVED = re.compile(r"Received: filepath=(?P<path>.+?)\.?$", re.MULTILINE)
_NOT_FOUND = re.compile(r"(?:name = |directory: |filepath=)'?(?P<path>[^',]+?)'?(?:,|\.?$|\. )")
_ENDINGS = (".weights.h5", ".keras")
_OLD_ENDING = re.compile(r"(?:\.(?:weights\.)?(?:h5|hdf5|tf|ckpt|keras|model))?/?$")


def repair(context: FaultContext) -> Proposal | None:
    wanted, received = _WANTED.search(context.message), _RECEIVED.search(context.message)
    statement = tree(context)
    if statement is None:
        return None
    if wanted is None or received is None:
        return _loaded(context, statement)
    return _with_ending(context, statement, received["path"], wanted["ending"] or wanted["either"])


def _loaded(context: FaultContext, statement: ast.stmt) -> Proposal | None:
    """A file that is not there under its old name, because it had to be saved under the new one."""
    missing = _NOT_FOUND.search(context.message)
    if missing is None:
        return None
    for ending in _ENDINGS:
        new = _OLD_ENDING.sub(ending, missing["path"], count=1)
        if new != missing["path"] and Path(new).is_file():
            return _with_ending(context, statement, missing["path"], ending, saved_as=new)
    return None


def _with_ending(
    context: FaultContext, statement: ast.stmt, path: str, ending: str, **more: str
) -> Proposal | None:
    for node in own_nodes(statement):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value == path:
            before = text(context, node)
            inner = before.strip("'\"")
            named = inner if inner.strip("./") else f"{inner.rstrip('.')}model"  # a folder, such as "."
            after = before.replace(inner, _OLD_ENDING.sub(ending, named, count=1))
            return Proposal(
                rule="outdated-file-format",
                statement=replaced(context.source, [(node, after)]),
                bind=None,
                before=before,
                after=after,
                evidence={"path": path, "ending": ending, **more},
            )
    return None
