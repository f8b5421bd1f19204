"""The divergence of a normal distribution from the standard one, as programs write it out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from harness.rules._evidence import Evidence
from harness.rules._program import called, dotted, enclosing
from harness.rules._ways import Way, way_to_loss

_SQUARES = frozenset({"square", "pow"})
_USUAL = frozenset({"z_log_var", "log_var", "logvar", "z_log_sigma_sq"})


@dataclass(frozen=True)
class Divergence:
    """``1 + v - m² - exp(v)`` in some order.

    ``sign`` is that with which it enters the loss, where the text says so; the right one is negative.
    ``turned`` is the line of another statement that turned a sign that was right.
    """

    line: int
    end_line: int | None
    log_variance: str
    sign: float | None
    turned: int | None


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
            way = way_to_loss(evidence, node)
            sign = None if way is None else own * way.sign
            yield Divergence(node.lineno, node.end_lineno, name, sign, _turned(evidence, node, own, way))


def mixed_signs(evidence: Evidence) -> Iterator[tuple[ast.BinOp, str]]:
    """Sums of a log variance, its exponential, a square and a one whose signs are those of no divergence.

    The sign of the one does not matter: it is a constant.
    """
    for node in evidence.nodes:
        parent = evidence.parents.get(node)
        whole = not (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add | ast.Sub))
        parts = _parts(node) if isinstance(node, ast.BinOp) and whole else None
        if isinstance(node, ast.BinOp) and parts is not None:
            name, _, plain, exponential, square = parts
            if not plain == -exponential == -square:
                yield node, name


def cancelled(evidence: Evidence) -> Iterator[tuple[ast.BinOp, str]]:
    """Sums ``1 + v - m² - v``, in which the exponential of the second log variance was forgotten."""
    for node in evidence.nodes:
        parent = evidence.parents.get(node)
        whole = not (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add | ast.Sub))
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub) or not whole:
            continue
        terms = list(_terms(node))
        named = [(sign, name) for sign, term in terms if (name := dotted(term)) is not None]
        ones = [term for _, term in terms if isinstance(term, ast.Constant) and term.value == 1]
        squares = [term for _, term in terms if _is_square(term)]
        if len(terms) != 4 or len(named) != 2 or len(ones) != 1 or len(squares) != 1:
            continue
        (one, name), (other, again) = named
        if name == again and one == -other:
            yield node, name


def _turned(evidence: Evidence, node: ast.expr, own: int, way: Way | None) -> int | None:
    """Where the sign is turned last, if it was right at the end of the divergence's own statement."""
    statement = enclosing(evidence, node, ast.stmt)
    end = node.lineno if statement is None else getattr(statement, "end_lineno", node.lineno)
    turns = () if way is None else way.turns
    inside = sum(line <= end for line in turns)
    further = [line for line in turns if line > end]
    return further[-1] if further and own * (-1) ** inside < 0 else None


def log_variances(evidence: Evidence) -> frozenset[str]:
    """What the program may call a log variance: as in its divergences, or by a usual name."""
    return frozenset(last(one.log_variance) for one in divergences(evidence)) | _USUAL


def log_variance_of(node: ast.expr) -> str | None:
    """The name of the log variance where an expression is a written-out divergence, whatever its sign."""
    found = _sum(node)
    return None if found is None else found[0]


def last(name: str | None) -> str:
    """The part of a dotted name behind the last dot: layers of a model are its attributes."""
    return (name or "").rpartition(".")[2]


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
    parts = _parts(node)
    if parts is None:
        return None
    name, one, plain, exponential, square = parts
    return (name, one) if one == plain == -exponential == -square else None


def _parts(node: ast.expr) -> tuple[str, int, int, int, int] | None:
    """The log variance's name and the signs of 1, v, exp(v) and m² where these four are summed up."""
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
    return None if name is None or len(plain) != 1 else (name, ones[0], plain[0], sign, squares[0])


def _is_square(node: ast.expr) -> bool:
    if called(node) in _SQUARES:
        return True
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Pow)
        and isinstance(node.right, ast.Constant)
        and node.right.value == 2
    )
