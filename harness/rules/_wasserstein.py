"""Whether a program trains a Wasserstein critic, and by which lines."""

from __future__ import annotations

import ast

from harness.rules._evidence import Evidence
from harness.rules._program import called, dotted
from harness.rules._tapes import FUNCTIONS

_MEANS = frozenset({"reduce_mean", "mean"})


def loss_functions(evidence: Evidence) -> dict[str, int]:
    """Loss functions that return the mean of label times score: name and line."""
    found = {}
    for node in evidence.nodes:
        if isinstance(node, FUNCTIONS) and len(node.args.args) == 2 and _mean_of_product(node):
            found[node.name] = node.lineno
    return found


def _mean_of_product(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    labels, scores = (argument.arg for argument in function.args.args)
    returned = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
    if len(returned) != 1:
        return False
    value = returned[0]
    value = value.operand if isinstance(value, ast.UnaryOp) else value
    if called(value) not in _MEANS or not isinstance(value, ast.Call) or not value.args:
        return False
    product = value.args[0]
    if not isinstance(product, ast.BinOp) or not isinstance(product.op, ast.Mult):
        return False
    names = {n.id for n in ast.walk(product) if isinstance(n, ast.Name)}
    return {labels, scores} <= names and not any(isinstance(n, ast.Call) for n in ast.walk(product))


def difference_of_means(evidence: Evidence) -> ast.BinOp | None:
    """The expression ``mean(a) - mean(b)`` of two plain values or model calls, as a critic's loss has it."""
    bound = {
        target.id: node.value
        for node in evidence.nodes
        if isinstance(node, ast.Assign) and called(node.value) in _MEANS
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def mean(node: ast.expr) -> ast.expr | None:
        node = bound.get(node.id, node) if isinstance(node, ast.Name) else node
        if called(node) in _MEANS and isinstance(node, ast.Call) and len(node.args) == 1:
            inner = node.args[0]
            plain = dotted(inner) is not None or (
                isinstance(inner, ast.Call) and dotted(inner.func) is not None
            )
            return inner if plain and called(inner) not in _SQUASHING else None
        return None

    for node in evidence.nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            left, right = mean(node.left), mean(node.right)
            apart = left is not None and right is not None and ast.unparse(left) != ast.unparse(right)
            if apart and _is_loss(evidence, node):
                return node
    return None


_SQUASHING = frozenset({"square", "abs", "log", "softplus", "relu", "maximum", "log_sigmoid", "exp"})


def _is_loss(evidence: Evidence, node: ast.AST) -> bool:
    """Whether an expression is bound to, or returned from, something called a loss or cost."""
    around: ast.AST | None = node
    while around is not None and not isinstance(around, ast.stmt):
        around = evidence.parents.get(around)
    if isinstance(around, ast.Assign):
        return any(
            "loss" in ast.unparse(t).lower() or "cost" in ast.unparse(t).lower() for t in around.targets
        )
    if isinstance(around, ast.Return):
        while around is not None and not isinstance(around, FUNCTIONS):
            around = evidence.parents.get(around)
        return isinstance(around, FUNCTIONS) and "loss" in around.name.lower()
    return False
