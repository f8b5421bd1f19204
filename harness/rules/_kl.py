"""The divergence of a normal distribution from the standard one, as programs write it out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from harness.rules._evidence import Evidence
from harness.rules._program import called, dotted
from harness.rules._tapes import scope

_SUMMING = frozenset({"reduce_mean", "reduce_sum", "mean", "sum", "add_loss", "gradient"})
_LOSSES = frozenset({"add_loss", "gradient"})  # what these are given first is a loss
_SQUARES = frozenset({"square", "pow"})


@dataclass(frozen=True)
class Divergence:
    """``1 + v - m² - exp(v)`` in some order.

    ``sign`` is that with which it enters the loss, where the text says so; the right one is negative.
    """

    line: int
    end_line: int | None
    log_variance: str
    sign: float | None
    plain: bool  # written as above and not as its negative


def divergences(evidence: Evidence) -> Iterator[Divergence]:
    """Every divergence of the program that is written out."""
    for node in evidence.nodes:
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub):
            continue
        parent = evidence.parents.get(node)
        if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add | ast.Sub):
            continue  # the whole sum is looked at, from its top
        found = _sum(node)
        if found is not None:
            name, own = found
            factor = _way_to_loss(evidence, node)
            sign = None if factor is None else own * factor
            yield Divergence(node.lineno, node.end_lineno, name, sign, True)


def _terms(node: ast.expr, sign: int = 1) -> Iterator[tuple[int, ast.expr]]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from _terms(node.left, sign)
        yield from _terms(node.right, sign if isinstance(node.op, ast.Add) else -sign)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield from _terms(node.operand, -sign)
    else:
        yield sign, node


def _sum(node: ast.expr) -> tuple[str, int] | None:
    """The log variance's name and the sign of the whole, 1 for ``1 + v - m² - exp(v)``."""
    terms = list(_terms(node))
    if len(terms) != 4:
        return None
    ones = [sign for sign, term in terms if isinstance(term, ast.Constant) and term.value == 1]
    exps = [(s, t) for s, t in terms if called(t) == "exp" and isinstance(t, ast.Call) and len(t.args) == 1]
    squares = [sign for sign, term in terms if _is_square(term)]
    if len(ones) != 1 or len(exps) != 1 or len(squares) != 1:
        return None
    sign, exponential = exps[0]
    assert isinstance(exponential, ast.Call)
    name = dotted(exponential.args[0])
    plain = [s for s, t in terms if name is not None and dotted(t) == name]
    if name is None or len(plain) != 1 or not (ones[0] == plain[0] == -sign == -squares[0]):
        return None
    return name, ones[0]


def _is_square(node: ast.expr) -> bool:
    if called(node) in _SQUARES:
        return True
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Pow)
        and isinstance(node.right, ast.Constant)
        and node.right.value == 2
    )


def _way_to_loss(evidence: Evidence, node: ast.expr) -> float | None:
    """The sign of the factor with which an expression enters a loss; None where that is not plain."""
    sign = 1.0
    current: ast.AST = node
    for _ in range(12):
        parent = evidence.parents.get(current)
        if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub):
            sign = -sign
        elif isinstance(parent, ast.BinOp):
            factor = _factor(parent, current)
            if factor is None:
                return None
            sign *= factor
        elif isinstance(parent, ast.Call) and called(parent) in _SUMMING:
            if called(parent) in _LOSSES:
                return sign
        elif isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute):
            return None
        elif isinstance(parent, ast.Return):
            return sign
        elif isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            return _followed(evidence, parent, parent.targets[0].id, sign)
        else:
            return None
        current = parent
    return None


def _factor(parent: ast.BinOp, child: ast.AST) -> float | None:
    other = parent.right if parent.left is child else parent.left
    if isinstance(parent.op, ast.Add):
        return 1.0
    if isinstance(parent.op, ast.Sub):
        return 1.0 if parent.left is child else -1.0
    if isinstance(parent.op, ast.Mult | ast.Div):
        value = _number(other)
        return None if value is None or value == 0 else (1.0 if value > 0 else -1.0)
    return None


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


def _followed(evidence: Evidence, assign: ast.Assign, name: str, sign: float) -> float | None:
    """Through a variable: its own later changes, and the one place that takes it in."""
    around = scope(evidence, assign)
    for node in sorted(_statements(around), key=lambda n: n.lineno):
        if node.lineno <= assign.lineno:
            continue
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            value = _number(node.value)
            if not isinstance(node.op, ast.Mult | ast.Div) or value is None:
                return None
            sign *= 1.0 if value > 0 else -1.0
            continue
        reads = [
            n
            for n in ast.walk(node)
            if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
        ]
        if reads:
            further = _way_to_loss(evidence, reads[0])
            return None if further is None else sign * further
    return None


def _statements(around: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.walk(around):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Expr) and node is not around:
            yield node
