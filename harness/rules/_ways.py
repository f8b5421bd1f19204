"""With which sign an expression enters the loss, as far as the text says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence
from harness.rules._program import called, dotted
from harness.rules._tapes import FUNCTIONS, scope

_SUMMING = frozenset({"reduce_mean", "reduce_sum", "mean", "sum", "add_loss", "gradient"})
_LOSSES = frozenset({"add_loss", "gradient"})  # what these are given first is a loss
_STEPS = 12  # followed at most, from operation to operation
_DEEPEST = 3  # functions that hand it on


@dataclass(frozen=True)
class Way:
    """The sign of the factor with which something enters a loss, and the lines where it turned, in order."""

    sign: float
    turns: tuple[int, ...] = ()

    def then(self, factor: float, line: int) -> Way:
        return Way(self.sign * factor, (*self.turns, line) if factor < 0 else self.turns)


def way_to_loss(
    evidence: Evidence, node: ast.expr, way: Way | None = None, deep: int = _DEEPEST
) -> Way | None:
    """How an expression enters a loss; None where that is not plain."""
    way = Way(1.0) if way is None else way
    current: ast.AST = node
    for _ in range(_STEPS):
        parent = evidence.parents.get(current)
        if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub):
            way = way.then(-1.0, parent.lineno)
        elif isinstance(parent, ast.BinOp):
            factor = _factor(evidence, parent, current)
            if factor is None:
                return None
            way = way.then(factor, parent.lineno)
        elif isinstance(parent, ast.Call) and called(parent) in _SUMMING:
            if called(parent) in _LOSSES:
                return way
        elif isinstance(parent, ast.Return):
            return _returned(evidence, parent, way, deep)
        elif isinstance(parent, ast.Tuple) and isinstance(evidence.parents.get(parent), ast.Return):
            return _unpacked(evidence, parent, [one is current for one in parent.elts].index(True), way, deep)
        elif isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            return _followed(evidence, parent, parent.targets[0].id, way, deep)
        elif isinstance(parent, ast.AugAssign) and isinstance(parent.op, ast.Add | ast.Sub):
            if not isinstance(parent.target, ast.Name):
                return None
            way = way.then(1.0 if isinstance(parent.op, ast.Add) else -1.0, parent.lineno)
            return _followed(evidence, parent, parent.target.id, way, deep)
        else:
            return None
        current = parent
    return None


def _returned(evidence: Evidence, node: ast.Return, way: Way, deep: int) -> Way | None:
    """On through the calls of the function that returns it; a loss that is handed to Keras has none."""
    function = scope(evidence, node)
    if not isinstance(function, FUNCTIONS):
        return None
    calls = [n for n in evidence.nodes if isinstance(n, ast.Call) and called(n) == function.name]
    if not calls:
        return way
    if not deep:
        return None
    ways = [way_to_loss(evidence, call, way, deep - 1) for call in calls]
    plain = [one for one in ways if one is not None]
    return plain[0] if plain and len({one.sign for one in plain}) == 1 else None


def _unpacked(evidence: Evidence, node: ast.Tuple, place: int, way: Way, deep: int) -> Way | None:
    """On through the name that the one call of a function gives to one of several results."""
    function = scope(evidence, node)
    if not isinstance(function, FUNCTIONS) or not deep:
        return None
    calls = [n for n in evidence.nodes if isinstance(n, ast.Call) and called(n) == function.name]
    made = evidence.parents.get(calls[0]) if len(calls) == 1 else None
    names = made.targets[0] if isinstance(made, ast.Assign) else None
    if not isinstance(made, ast.Assign) or not isinstance(names, ast.Tuple):
        return None
    name = names.elts[place] if len(names.elts) == len(node.elts) else None
    return _followed(evidence, made, name.id, way, deep - 1) if isinstance(name, ast.Name) else None


def _factor(evidence: Evidence, parent: ast.BinOp, child: ast.AST) -> float | None:
    other = parent.right if parent.left is child else parent.left
    if isinstance(parent.op, ast.Add):
        return 1.0
    if isinstance(parent.op, ast.Sub):
        return 1.0 if parent.left is child else -1.0
    if isinstance(parent.op, ast.Mult | ast.Div):
        value = _named(evidence, other.id) if isinstance(other, ast.Name) else _number(other)
        if value is None and isinstance(parent.op, ast.Div) and other is parent.right and dotted(other):
            return 1.0  # a size: nobody divides by a name that stands for something negative
        return None if value is None or value == 0 else (1.0 if value > 0 else -1.0)
    return None


def _named(evidence: Evidence, name: str) -> float | None:
    """The number that a name is bound to, where it is bound once and to a number."""
    bound = assignments(evidence, name)
    return _number(bound[0].value) if len(bound) == 1 else None


def _number(node: ast.expr) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        left, right = _number(node.left), _number(node.right)
        # Only the sign matters, and it is the same for a product and a quotient.
        return None if left is None or right is None else left * right
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    return None


def _followed(evidence: Evidence, made: ast.stmt, name: str, way: Way, deep: int) -> Way | None:
    """Through a variable: its own later changes, and the one place that takes it in."""
    around = scope(evidence, made)
    for node in sorted(_statements(around), key=lambda n: n.lineno):
        if node.lineno <= made.lineno:
            continue
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            if isinstance(node.op, ast.Add | ast.Sub):
                continue  # something else is added to it
            value = _number(node.value)
            if not isinstance(node.op, ast.Mult | ast.Div) or value is None:
                return None
            way = way.then(1.0 if value > 0 else -1.0, node.lineno)
            continue
        reads = [
            n
            for n in ast.walk(node)
            if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
        ]
        if reads:
            return way_to_loss(evidence, reads[0], way, deep)
    return None


def _statements(around: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.walk(around):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Expr) and node is not around:
            yield node
