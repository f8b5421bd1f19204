"""Numbers that a program prints, each with the words printed right before it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.rules._evidence import Evidence
from harness.rules._program import called

_PLACE = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[diouxXeEfFgGcrs]")
_BRACES = re.compile(r"\{[^{}]*\}")


def labelled(evidence: Evidence) -> Iterator[tuple[str, ast.expr]]:
    """Every expression that is printed, with the text before it up to the number before."""
    for node in evidence.nodes:
        if isinstance(node, ast.JoinedStr):
            yield from _f_string(node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            yield from _percent(node)
        elif isinstance(node, ast.Call) and called(node) == "print":
            yield from _commas(node)
        elif isinstance(node, ast.Call) and called(node) == "format":
            yield from _format(node)


def _f_string(node: ast.JoinedStr) -> Iterator[tuple[str, ast.expr]]:
    label = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            label = str(part.value)
        elif isinstance(part, ast.FormattedValue):
            yield label, part.value
            label = ""


def _percent(node: ast.BinOp) -> Iterator[tuple[str, ast.expr]]:
    if not isinstance(node.left, ast.Constant) or not isinstance(node.left.value, str):
        return
    values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    labels = _PLACE.split(node.left.value.replace("%%", ""))
    if len(labels) == len(values) + 1:
        yield from zip(labels, values, strict=False)


def _format(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    text = node.func.value if isinstance(node.func, ast.Attribute) else None
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str) or node.keywords:
        return
    labels = _BRACES.split(text.value)
    if len(labels) == len(node.args) + 1:
        yield from zip(labels, node.args, strict=False)


def _commas(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    label = ""
    for argument in node.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            label = argument.value
        else:
            yield label, argument
            label = ""
