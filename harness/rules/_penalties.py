"""Gradient penalties as text: their terms in a loss, and the gradients that they are made of."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted
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


@dataclass(frozen=True)
class Weight:
    """A random number that a gradient penalty weighs real against generated examples with."""

    name: str
    drawn: ast.Call
    assign: ast.Assign
    function: ast.FunctionDef | ast.AsyncFunctionDef

    def match(self, message: str) -> Match:
        """A finding at the statement that draws it."""
        assign = self.assign
        return Match(assign.lineno, message, end_line=assign.end_lineno, evidence={"weight": self.name})


def weights(evidence: Evidence, draws: Collection[str]) -> Iterator[Weight]:
    """The weights that functions of gradient penalties draw by one of these calls."""
    for function in evidence.nodes:
        if not isinstance(function, FUNCTIONS) or not _penalises(function):
            continue
        for assign in (node for node in ast.walk(function) if isinstance(node, ast.Assign)):
            target, drawn = assign.targets[0], assign.value
            if not isinstance(drawn, ast.Call) or called(drawn) not in draws:
                continue
            if isinstance(target, ast.Name) and _mixes(function, target.id):
                yield Weight(target.id, drawn, assign, function)


def _penalises(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is called a penalty and takes a gradient, or takes one for its inputs."""
    named = "penalty" in function.name.lower() or function.name.lower().endswith("gp")
    taken = any(called(node) in {"gradient", "gradients"} for node in ast.walk(function))
    return (named and taken) or any(of_inputs(node) for node in ast.walk(function))


def _mixes(function: ast.AST, name: str) -> bool:
    """Whether ``name`` weighs a difference, as ``a + w * (b - a)``, or both: ``w * a + (1 - w) * b``."""
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            sides = (node.left, node.right)
            for one, other in (sides, sides[::-1]):
                if dotted(one) == name and _difference(function, other):
                    return True
                if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub) and _one_minus(one, name):
                    return True
    return False


def _difference(function: ast.AST, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        values = [a.value for a in ast.walk(function) if isinstance(a, ast.Assign) and _binds(a, node.id)]
        return any(_difference(function, value) for value in values if not isinstance(value, ast.Name))
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


def _binds(assign: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in assign.targets)


def _one_minus(node: ast.BinOp, name: str) -> bool:
    return isinstance(node.left, ast.Constant) and node.left.value == 1 and dotted(node.right) == name
