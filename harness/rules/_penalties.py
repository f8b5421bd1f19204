"""Gradient penalties as text: their terms in a loss, and the gradients that they are made of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.rules._evidence import Evidence
from harness.rules._program import called
from harness.rules._tapes import FUNCTIONS, scope

_TERM = re.compile(r"^(gp|\w*_gp|\w*gradient_?penalty|\w*grad_penalty|penalty)$", re.IGNORECASE)
_VARIABLES = re.compile(r"variables|weights|params|vars|theta|trainable")


def is_penalty(term: ast.expr) -> bool:
    """Whether a summand of a loss is a gradient penalty, with its weight or without."""
    if isinstance(term, ast.BinOp) and isinstance(term.op, ast.Mult):
        return is_penalty(term.left) or is_penalty(term.right)
    name = called(term) if isinstance(term, ast.Call) else _last(term)
    return name is not None and bool(_TERM.match(name)) and not name.lower().startswith("lambda")


def _last(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else None


def of_inputs(node: ast.AST) -> bool:
    """Whether a gradient is taken for anything but variables, as every gradient penalty does."""
    if not isinstance(node, ast.Call) or called(node) not in {"gradient", "gradients"} or len(node.args) < 2:
        return False
    return not _VARIABLES.search(ast.unparse(node.args[1]))


def penalising(evidence: Evidence) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """Functions that hold the slope at inputs near 1, with the names of the gradients there."""
    for function in (evidence.tree, *(node for node in evidence.nodes if isinstance(node, FUNCTIONS))):
        names = frozenset(
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and scope(evidence, node) is function and _holds(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        )
        if names and any(_from_one(node) for node in ast.walk(function)):
            yield function, names


def _from_one(node: ast.AST) -> bool:
    """Whether an expression is the distance of something from 1."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub):
        return False
    return any(isinstance(side, ast.Constant) and side.value == 1 for side in (node.left, node.right))


def _holds(value: ast.expr) -> bool:
    return of_inputs(value.value if isinstance(value, ast.Subscript) else value)
