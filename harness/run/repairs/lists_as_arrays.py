"""Makes arrays of the lists of numbers that a model is trained on or asked about: Keras 3 takes none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from numbers import Number

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, lookup, own_nodes, replaced, root, text, tree

_REFUSED = (
    "Unrecognized data type: x=",  # said of x, whichever argument the list is
    "y_true and y_pred have different structures",  # of a single step, which takes each number for an output
)
_TAKES = {
    "fit": ("x", "y"),
    "train_on_batch": ("x", "y"),
    "evaluate": ("x", "y"),
    "test_on_batch": ("x", "y"),
    "predict": ("x",),
}
_SIDES = {"x": "inputs", "y": "outputs"}


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if statement is None or not any(words in context.message for words in _REFUSED):
        return None
    for call in own_nodes(statement):
        method = call.func if isinstance(call, ast.Call) else None
        if isinstance(call, ast.Call) and isinstance(method, ast.Attribute) and method.attr in _TAKES:
            lists = [(side, node) for side, node in _given(call, method.attr) if _numbers(context, node)]
            return _proposal(context, call, method, lists) if lists else None
    return None


def _given(call: ast.Call, method: str) -> Iterator[tuple[str, ast.expr]]:
    """The data of a call, by the side of the model that they are for."""
    yield from zip(_TAKES[method], call.args, strict=False)
    for word in call.keywords:
        if word.arg in _TAKES[method]:
            yield word.arg, word.value
        elif word.arg == "validation_data" and isinstance(word.value, ast.Tuple):
            yield from zip(("x", "y"), word.value.elts, strict=False)


def _numbers(context: FaultContext, node: ast.expr) -> bool:
    """Whether an expression is a list of numbers, or of such lists; nothing is computed for it."""
    if isinstance(node, ast.List | ast.Tuple):
        return bool(node.elts) and all(_is_number(each) or _numbers(context, each) for each in node.elts)
    if isinstance(node, ast.BinOp):  # [1] * n + [0] * n
        if isinstance(node.op, ast.Add):
            return _numbers(context, node.left) and _numbers(context, node.right)
        return isinstance(node.op, ast.Mult) and (
            _numbers(context, node.left) or _numbers(context, node.right)
        )
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return _numbers(context, node.value)
    path = dotted(node)
    return path is not None and _holds_numbers(lookup(context, path))


def _is_number(node: ast.expr) -> bool:
    node = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _holds_numbers(value: object) -> bool:
    """Whether a value is a list of numbers, or of such lists; its first entries speak for it."""
    if not isinstance(value, list | tuple) or not value:
        return False
    return isinstance(value[0], Number) or _holds_numbers(value[0])


def _proposal(
    context: FaultContext, call: ast.Call, method: ast.Attribute, lists: list[tuple[str, ast.expr]]
) -> Proposal:
    name = root(context.namespace, "numpy")
    array = f"{name or 'np'}.array"
    edits = []
    for side, node in lists:
        printed = text(context, node)
        several = _several(context, method.value, side)
        after = f"[{array}(part) for part in {printed}]" if several else f"{array}({printed})"
        edits.append((node, after))
    named = list(dict.fromkeys(text(context, node) for _, node in lists))
    whole = text(context, call)
    run = replaced(context.source, edits)
    tail = len(context.source) - context.source.index(whole) - len(whole)
    return Proposal(
        rule="list-instead-of-array",
        statement=run,
        bind=None if name else "import numpy as np",
        before=whole,
        after=run[context.source.index(whole) : len(run) - tail],
        evidence={"method": method.attr, "lists": named},
    )


def _several(context: FaultContext, model: ast.expr, side: str) -> bool:
    """Whether a model has several inputs, or outputs: then a list holds one array for each."""
    path = dotted(model)
    ends = getattr(lookup(context, path) if path else None, _SIDES[side], None)
    return isinstance(ends, list) and len(ends) > 1
