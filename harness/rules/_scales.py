"""How the terms of a variational autoencoder's loss are brought together: as a sum or as a mean.

Read from the text.  An expression that is not understood has no scale, so that nothing is said of it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence
from harness.rules._kl import log_variance_of
from harness.rules._losses import functions
from harness.rules._program import called, keyword
from harness.rules._tapes import bound_to, scope

_SUMS = frozenset({"reduce_sum", "sum"})
_MEANS = frozenset({"reduce_mean", "mean"})
_SQUARES = frozenset({"square", "squared_difference", "abs", "absolute"})
# Of Keras's losses: functions keep the rows and average over the last axis, objects average over everything.
_FUNCTIONS = frozenset(
    {"binary_crossentropy", "mean_squared_error", "mse", "mean_absolute_error", "mae", "MSE", "MAE"}
)
_OBJECTS = frozenset({"BinaryCrossentropy", "MeanSquaredError", "MeanAbsoluteError"})
_STEPS = 12


@dataclass(frozen=True)
class Term:
    """A part of a loss: the divergence, or the error of the reconstruction.

    ``over`` is "each" (not reduced yet), "rows" (averaged over the last axis), "mean" or "sum" (over the
    numbers of an example; a mean over the batch changes neither).  ``factor`` is the constant that it was
    multiplied by.
    """

    is_divergence: bool
    over: str
    factor: float
    line: int
    end_line: int


def term(evidence: Evidence, node: ast.expr, steps: int = _STEPS) -> Term | None:
    """The scale of an expression; None where the text does not say it plainly."""
    if steps == 0:
        return None
    if isinstance(node, ast.Name):
        return _of_name(evidence, node, steps)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = term(evidence, node.operand, steps - 1)
        return None if inner is None else replace(inner, factor=-inner.factor)
    if isinstance(node, ast.BinOp):
        return _of_operation(evidence, node, steps)
    return _of_call(evidence, node, steps) if isinstance(node, ast.Call) else None


def number(evidence: Evidence, node: ast.expr) -> float | None:
    """The value of a product of plain numbers and of names that are bound once to one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number(evidence, node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = number(evidence, node.left), number(evidence, node.right)
        return None if left is None or right is None else left * right
    if isinstance(node, ast.Name):
        bound = assignments(evidence, node.id)
        return number(evidence, bound[0].value) if len(bound) == 1 else None
    return None


def _of_name(evidence: Evidence, node: ast.Name, steps: int) -> Term | None:
    """What a variable was bound to last in its function, and the numbers that it was multiplied by since."""
    around = scope(evidence, node)
    made = bound_to(around, node.id, node.lineno)
    if made is None or not isinstance(made.targets[0], ast.Name):
        return None
    found = term(evidence, made.value, steps - 1)
    for change in ast.walk(around):
        if not isinstance(change, ast.AugAssign) or ast.unparse(change.target) != node.id or found is None:
            continue
        if change.target is node:
            continue  # what it held before
        value = number(evidence, change.value)
        if (
            not made.lineno < change.lineno < node.lineno
            or not isinstance(change.op, ast.Mult)
            or value is None
        ):
            return None
        found = replace(found, factor=found.factor * value)
    return (
        None if found is None else replace(found, line=made.lineno, end_line=made.end_lineno or made.lineno)
    )


def _of_operation(evidence: Evidence, node: ast.BinOp, steps: int) -> Term | None:
    here = (node.lineno, node.end_lineno or node.lineno)
    if log_variance_of(node) is not None:
        return Term(True, "each", 1.0, *here)
    if (
        isinstance(node.op, ast.Pow)
        and isinstance(node.left, ast.BinOp)
        and isinstance(node.left.op, ast.Sub)
    ):
        return Term(False, "each", 1.0, *here)
    if not isinstance(node.op, ast.Mult | ast.Div):
        return None
    value = number(evidence, node.right)
    inner = term(evidence, node.left, steps - 1) if value is not None else None
    if inner is None and isinstance(node.op, ast.Mult):
        value = number(evidence, node.left)
        inner = term(evidence, node.right, steps - 1) if value is not None else None
    if inner is None or not value:
        return None
    return replace(inner, factor=inner.factor * (value if isinstance(node.op, ast.Mult) else 1 / value))


def _of_call(evidence: Evidence, node: ast.Call, steps: int) -> Term | None:
    name, here = called(node), (node.lineno, node.end_lineno or node.lineno)
    if keyword(node, "reduction") is not None:
        return None
    if name in _FUNCTIONS and len(node.args) + len(node.keywords) >= 2:
        return Term(False, "rows", 1.0, *here)
    if _is_object(evidence, node):
        return Term(False, "mean", 1.0, *here)
    written = functions(evidence).get(name or "")
    if written is not None:
        return _returned(evidence, written, steps, *here)
    if name in _SQUARES and node.args:
        differs = len(node.args) == 2 or (
            isinstance(node.args[0], ast.BinOp) and isinstance(node.args[0].op, ast.Sub)
        )
        return Term(False, "each", 1.0, *here) if differs else None
    if name not in _SUMS | _MEANS:
        return None
    inner = term(evidence, node.args[0], steps - 1) if node.args else None
    if inner is None:
        return None
    if inner.over == "sum" and name in _MEANS:
        return inner
    if name in _MEANS:
        return replace(inner, over="mean")
    return replace(inner, over="sum") if inner.over == "each" else None


def _returned(
    evidence: Evidence, written: ast.FunctionDef, steps: int, line: int, end_line: int
) -> Term | None:
    """What a function of the program returns, where it has one value to return; told where it is called."""
    values = [n.value for n in ast.walk(written) if isinstance(n, ast.Return) and n.value is not None]
    found = term(evidence, values[0], steps - 1) if len(values) == 1 else None
    return None if found is None else replace(found, line=line, end_line=end_line)


def _is_object(evidence: Evidence, node: ast.Call) -> bool:
    """Whether a loss object is called: ``mse(x, y)`` of ``mse = MeanSquaredError()``, or at once."""
    maker = node.func
    if isinstance(maker, ast.Name):
        bound = assignments(evidence, maker.id)
        maker = bound[0].value if len(bound) == 1 else maker
    return isinstance(maker, ast.Call) and called(maker) in _OBJECTS and keyword(maker, "reduction") is None
