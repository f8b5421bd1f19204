"""Hand-written training steps as text: which gradient is taken for which variables, and applied where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from harness.rules._evidence import Evidence
from harness.rules._program import called, enclosing, keyword

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
VARIABLES = frozenset({"trainable_variables", "trainable_weights", "weights", "variables"})


@dataclass(frozen=True)
class Gradient:
    """``names = tape.gradient(target, owner.trainable_variables)``."""

    node: ast.Call
    name: str | None  # the variable that holds the gradients
    target: ast.expr | None
    owner: str | None  # the text before ``.trainable_variables``


@dataclass(frozen=True)
class Applied:
    """``optimizer.apply_gradients(zip(gradients, owner.trainable_variables))`` or ``apply``."""

    node: ast.Call
    gradients: ast.expr
    owner: str | None
    optimizer: str


def scope(evidence: Evidence, node: ast.AST) -> ast.AST:
    """The function around a node, or the module."""
    return enclosing(evidence, node, *FUNCTIONS) or evidence.tree


def owner(node: ast.AST | None) -> str | None:
    """The model's text in ``model.trainable_variables``; None for anything else."""
    if isinstance(node, ast.Attribute) and node.attr in VARIABLES:
        return ast.unparse(node.value)
    return None


def gradients(evidence: Evidence, around: ast.AST) -> Iterator[Gradient]:
    """The gradients taken in a function, in the order of the lines."""
    for node in sorted(_calls(around), key=lambda n: (n.lineno, n.col_offset)):
        if called(node) != "gradient" or not isinstance(node.func, ast.Attribute):
            continue
        target = node.args[0] if node.args else keyword(node, "target")
        sources = node.args[1] if len(node.args) > 1 else keyword(node, "sources")
        holder = evidence.parents.get(node)
        name = None
        if isinstance(holder, ast.Assign) and isinstance(holder.targets[0], ast.Name):
            name = holder.targets[0].id
        yield Gradient(node, name, target, owner(sources))


def applied(around: ast.AST) -> Iterator[Applied]:
    """The optimizers applied in a function, in the order of the lines."""
    for node in sorted(_calls(around), key=lambda n: (n.lineno, n.col_offset)):
        if not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        optimizer = ast.unparse(node.func.value)
        if node.func.attr == "apply_gradients" and called(node.args[0]) == "zip":
            pairs = node.args[0]
            assert isinstance(pairs, ast.Call)
            if len(pairs.args) == 2:
                yield Applied(node, pairs.args[0], owner(pairs.args[1]), optimizer)
        elif node.func.attr == "apply" and len(node.args) == 2 and "opt" in optimizer.lower():
            yield Applied(node, node.args[0], owner(node.args[1]), optimizer)


def functions(evidence: Evidence) -> Iterator[ast.AST]:
    """Every function of the program, and the module itself."""
    yield evidence.tree
    yield from (node for node in evidence.nodes if isinstance(node, FUNCTIONS))


def own_calls(evidence: Evidence, around: ast.AST) -> Iterator[ast.Call]:
    """The calls that stand in a function itself and not in one inside it."""
    return (node for node in _calls(around) if scope(evidence, node) is around)


def _calls(around: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(around) if isinstance(node, ast.Call))


def is_traced(evidence: Evidence, function: ast.AST) -> bool:
    """Whether TensorFlow compiles a function: by its decorator."""
    return isinstance(function, FUNCTIONS) and any(
        ast.unparse(node).split("(")[0] in {"tf.function", "tensorflow.function", "function"}
        for node in function.decorator_list
    )


def tapes(around: ast.AST) -> Iterator[ast.With]:
    """The ``with tf.GradientTape()`` blocks of a function."""
    for node in ast.walk(around):
        if isinstance(node, ast.With) and any(
            called(item.context_expr) == "GradientTape" for item in node.items
        ):
            yield node


def tape_names(block: ast.With) -> set[str]:
    """The variables that hold the tapes of a block."""
    return {
        item.optional_vars.id
        for item in block.items
        if isinstance(item.optional_vars, ast.Name) and called(item.context_expr) == "GradientTape"
    }


def loads(around: ast.AST, name: str) -> list[ast.Name]:
    """The places that read a variable."""
    return [
        node
        for node in ast.walk(around)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
