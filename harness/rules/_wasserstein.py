"""Whether a program trains a Wasserstein critic, by which lines, and whether anything bounds its slope."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from harness.rules._evidence import Evidence
from harness.rules._penalties import of_inputs
from harness.rules._program import called, dotted, enclosing
from harness.rules._tapes import FUNCTIONS, owner

_MEANS = frozenset({"reduce_mean", "mean"})
_BOUND = re.compile(r"clip|constraint|penalty|spectral|lipschitz|(^|_)gp(_|$)|gradient_norm", re.IGNORECASE)


def loss_functions(evidence: Evidence) -> dict[str, int]:
    """Loss functions that return the mean of label times score: name and line."""
    found = {}
    for node in evidence.nodes:
        if isinstance(node, FUNCTIONS) and len(_parameters(node)) == 2 and _mean_of_product(node):
            found[node.name] = node.lineno
    return found


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names of a function's parameters; a method's own object is none of them."""
    names = [argument.arg for argument in function.args.args]
    return names[1:] if names[:1] == ["self"] else names


def _mean_of_product(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    labels, scores = _parameters(function)
    returned = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
    if len(returned) != 1:
        return False
    value = returned[0]
    value = value.operand if isinstance(value, ast.UnaryOp) else value
    if called(value) not in _MEANS or not isinstance(value, ast.Call) or not value.args:
        return False
    factors = _factors(value.args[0])
    names = {n.id for factor in factors for n in ast.walk(factor) if isinstance(n, ast.Name)}
    calls = any(isinstance(n, ast.Call) for factor in factors for n in ast.walk(factor))
    return {labels, scores} <= names and not calls


def _factors(product: ast.expr) -> list[ast.expr]:
    """The two sides of a product, also of one that is written ``multiply(a, b)``; [] for anything else."""
    if isinstance(product, ast.BinOp) and isinstance(product.op, ast.Mult):
        return [product.left, product.right]
    return product.args if isinstance(product, ast.Call) and called(product) == "multiply" else []


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


def _is_loss(evidence: Evidence, node: ast.AST, *, called_for: bool = False) -> bool:
    """Whether an expression is bound to, or returned from, something called a loss or cost.

    A function of another name may return it, where what calls it takes that for its loss.
    """
    around = evidence.parents.get(node)
    while around is not None and not isinstance(around, ast.stmt):
        # abs(mean(a) - mean(b)) matches features; it is no critic's score that wants to grow.
        if isinstance(around, ast.Call):
            return False
        around = evidence.parents.get(around)
    if isinstance(around, ast.Assign):
        return any(
            "loss" in ast.unparse(t).lower() or "cost" in ast.unparse(t).lower() for t in around.targets
        )
    if isinstance(around, ast.Return):
        while around is not None and not isinstance(around, FUNCTIONS):
            around = evidence.parents.get(around)
        if not isinstance(around, FUNCTIONS) or called_for:
            return False
        name = around.name
        calls = (one for one in evidence.nodes if isinstance(one, ast.Call) and called(one) == name)
        return "loss" in name.lower() or any(_is_loss(evidence, one, called_for=True) for one in calls)
    return False


def bounded(evidence: Evidence, idle: Sequence[ast.AST] = ()) -> bool:
    """Whether the program does anything that may bound a critic's slope, ``idle`` statements left out.

    That is: something called or handed on by such a name, a constraint given to a layer, or a gradient
    for anything but variables.  What is only defined, or only named after it, bounds nothing; nor do an
    optimizer's limits on gradients.
    """
    unused = _unused(evidence)
    left_out = {part for statement in idle for part in ast.walk(statement)}
    for node in evidence.nodes:
        if node in left_out or any(_within(evidence, node, function) for function in unused):
            continue
        if isinstance(node, ast.Call):
            words = [word.arg or "" for word in node.keywords if not (word.arg or "").startswith("clip")]
            if _BOUND.search(" ".join([called(node) or "", *words])) or of_inputs(node):
                return True
    # A penalty may reach a compile or functools.partial by its function's name alone.
    functions = {node.name for node in evidence.nodes if isinstance(node, FUNCTIONS)} - {
        f.name for f in unused
    }
    return any(_BOUND.search(name) for name in functions)


def clipped(evidence: Evidence) -> Iterator[tuple[ast.For, str]]:
    """Loops that clip the weights of a model, with its text: ``for w in critic.trainable_variables``."""
    for node in evidence.nodes:
        if not isinstance(node, ast.For):
            continue
        named = {owner(part) for part in ast.walk(node.iter)} | {_layers_of(node.iter)}
        if any("clip" in (called(part) or "") for part in ast.walk(node)):
            yield from ((node, name) for name in named if name is not None)


def _layers_of(node: ast.expr) -> str | None:
    is_layers = isinstance(node, ast.Attribute) and node.attr == "layers"
    return ast.unparse(node.value) if is_layers and isinstance(node, ast.Attribute) else None


def _unused(evidence: Evidence) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions named after a bound that nothing in the program reads."""
    read = {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in evidence.nodes
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    return [
        node
        for node in evidence.nodes
        if isinstance(node, FUNCTIONS) and _BOUND.search(node.name) and node.name not in read
    ]


def _within(evidence: Evidence, node: ast.AST, function: ast.AST) -> bool:
    around: ast.AST | None = node
    while around is not None and around is not function:
        around = enclosing(evidence, around, *FUNCTIONS)
    return around is function
