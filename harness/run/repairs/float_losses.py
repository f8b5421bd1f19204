"""Drops the subscript of a loss that is one number: ``train_on_batch`` without metrics."""

from __future__ import annotations

import ast
import re

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, lookup, spliced, tree

_NOT_SUBSCRIPTABLE = re.compile(
    r"'(?:float|(?:numpy\.)?float(?:32|64))' object is not subscriptable|invalid index to scalar variable"
)


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if statement is None or not _NOT_SUBSCRIPTABLE.search(context.message):
        return None
    names = []
    for node in ast.walk(statement):
        path = dotted(node.value) if isinstance(node, ast.Subscript) else None
        if path and _is_number(lookup(context, path)):
            names.append(".".join(path))
    # By text: f-strings hide the places of their parts.
    places = [
        (*match.span(), name)
        for name in dict.fromkeys(names)
        for match in re.finditer(rf"(?<![\w.]){re.escape(name)}\[\s*-?\d+\s*\]", context.source)
    ]
    if not places:
        return None
    start, end = min(place[0] for place in places), max(place[1] for place in places)
    statement_text = spliced(context.source, places)
    shorter = len(context.source) - len(statement_text)
    return Proposal(
        rule="unsubscriptable-loss",
        statement=statement_text,
        bind=None,
        before=context.source[start:end],
        after=statement_text[start : end - shorter],
        evidence={"names": list(dict.fromkeys(names))},
    )


def _is_number(value: object) -> bool:
    return isinstance(value, float) or (
        type(value).__module__ == "numpy" and type(value).__name__ in ("float32", "float64")
    )
