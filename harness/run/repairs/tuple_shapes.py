"""Makes a tuple of a shape that is one number: ``shape=(100,)`` for ``shape=100``."""

from __future__ import annotations

import ast
import re

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import own_nodes, span, spliced, text, tree

_REFUSED = re.compile(r"Cannot convert '(?P<size>\d+)' to a shape")
_SHAPES = {"shape", "input_shape"}
_FIRST = {"Input", "InputLayer"}  # which take the shape without its name, too


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    found = _REFUSED.search(context.message)
    if statement is None or found is None:
        return None
    given = [
        (node, is_named)
        for call in own_nodes(statement)
        if isinstance(call, ast.Call)
        for node, is_named in _shapes(call)
        if not isinstance(node, ast.Tuple | ast.List | ast.Starred)
    ]
    if len(given) != 1:
        return None
    node, is_named = given[0]
    printed = text(context, node)
    start, end = span(context.source, node)
    # Brackets around a number alone make no tuple, and need not be written twice; a call's own are others.
    if is_named and context.source[start - 1 : start] == "(" and context.source[end : end + 1] == ")":
        start, end = start - 1, end + 1
    after = f"({printed},)"
    return Proposal(
        rule="shape-not-a-tuple",
        statement=spliced(context.source, [(start, end, after)]),
        bind=None,
        before=context.source[start:end],
        after=after,
        evidence={"expression": printed, "size": int(found["size"])},
    )


def _shapes(call: ast.Call) -> list[tuple[ast.expr, bool]]:
    """The shapes that a call is given, and whether by name."""
    named = [(word.value, True) for word in call.keywords if word.arg in _SHAPES]
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
    return named or ([(call.args[0], False)] if name in _FIRST and call.args else [])
