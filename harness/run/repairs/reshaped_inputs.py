"""Reshapes an array that has a model's numbers, but not its input's shape."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, lookup, own_nodes, replaced, root, span, text, tree

_SHAPES = re.compile(
    r"Expected shape \((?P<wanted>[^)]*)\), but input has incompatible shape \((?P<got>[^)]*)\)|"
    r"expected axis -1 of input shape to have value (?P<last>\d+), "
    r"but received input with shape \((?P<given>[^)]*)\)"
)
_FEEDING = {"fit", "train_on_batch", "evaluate", "test_on_batch", "predict", "predict_on_batch"}


# A step that was traced for one shape forgets the rank when another one comes, and says no more.
_TROUBLE = re.compile(r"unknown rank|Dimensions must be equal|Matrix size-incompatible|[Ii]ncompatible shape")


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    found = _SHAPES.search(context.message)
    if statement is None or not (found or _TROUBLE.search(context.message)):
        return None
    for call in own_nodes(statement):
        if not isinstance(call, ast.Call) or (fed := _fed(call)) is None:
            continue
        wanted = _rows(context, _receiver(call), "input_shape")
        got = _rows(context, fed, "shape")
        if found:
            said = _numbers(found["wanted"] or f"None, {found['last']}")[1:]
            if (said if wanted is None and not _is_direct(call) else wanted) != said:
                continue
            wanted, got = said, _numbers(found["got"] or found["given"])[1:]
        if wanted and got and wanted != got and _size(wanted) == _size(got) is not None:
            return _proposal(context, call, fed, wanted, got)
    return None


def _rows(context: FaultContext, node: ast.expr, attribute: str) -> tuple[int | None, ...] | None:
    """The shape of one row of what a node stands for, where that can be had without computing it."""
    path = dotted(node)
    shape = getattr(lookup(context, path), attribute, None) if path else None
    return tuple(shape)[1:] if isinstance(shape, Iterable) else None


def _size(shape: tuple[int | None, ...]) -> int | None:
    known = [number for number in shape if number is not None]
    return math.prod(known) if len(known) == len(shape) else None


def _numbers(text: str) -> tuple[int | None, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(int(part) if part.isdigit() else None for part in parts)


def _is_direct(call: ast.Call) -> bool:
    """Whether a model itself is called, and not one of its methods."""
    return not (isinstance(call.func, ast.Attribute) and call.func.attr in _FEEDING)


def _receiver(call: ast.Call) -> ast.expr:
    return call.func.value if isinstance(call.func, ast.Attribute) and not _is_direct(call) else call.func


def _fed(call: ast.Call) -> ast.expr | None:
    """The array that a call feeds to a model."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "x"]
    argument = call.args[0] if call.args else (named[0] if named else None)
    return None if isinstance(argument, ast.Starred | ast.List | ast.Dict) else argument


def _proposal(
    context: FaultContext,
    call: ast.Call,
    argument: ast.expr,
    wanted: tuple[int | None, ...],
    got: tuple[int | None, ...],
) -> Proposal:
    direct = _is_direct(call)
    # NumPy would cut the gradient where a model is called by hand.
    package, short = ("tensorflow", "tf") if direct else ("numpy", "np")
    name = root(context.namespace, package)
    bind = None if name else f"import {package} as {short}"
    shape = ", ".join(str(number) for number in (-1, *wanted))
    after = f"{name or short}.reshape({text(context, argument)}, ({shape}))"
    start, end = span(context.source, call)[0], span(context.source, argument)[1]
    first = span(context.source, argument)[0]
    return Proposal(
        rule="input-shape-mismatch",
        statement=replaced(context.source, [(argument, after)]),
        bind=bind,
        before=context.source[start:end],
        after=context.source[start:first] + after,
        evidence={"expected": list(wanted), "received": list(got), "argument": text(context, argument)},
    )
