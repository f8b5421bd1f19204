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


def loss_line(evidence: Evidence, gradient_line: int) -> int:
    """Where the loss is made of which a gradient is taken at a line; else, where no text shows it, that line.

    A loss that a function of the program computes is marked where that function returns it.
    """
    for taken in gradients(evidence, evidence.tree):
        if not taken.node.lineno <= gradient_line <= (taken.node.end_lineno or taken.node.lineno):
            continue
        if isinstance(taken.target, ast.Name):
            value = _assigned(scope(evidence, taken.node), taken.target.id, taken.node.lineno)
            return gradient_line if value is None else _returned(evidence, value)
    return gradient_line


def _assigned(around: ast.AST, name: str, before: int) -> ast.expr | None:
    """What a plain name was bound to last before a line of a function."""
    found = [
        node
        for node in ast.walk(around)
        if isinstance(node, ast.Assign)
        and node.lineno < before
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]
    return max(found, key=lambda node: node.lineno).value if found else None


def _returned(evidence: Evidence, value: ast.expr) -> int:
    """The line of a loss: of what the program's function returns that it calls, else of the expression."""
    function = _function(evidence, value)
    if function is None:
        return value.lineno
    returns = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
    if len(returns) != 1:
        return value.lineno
    (result,) = returns
    made = _assigned(function, result.id, result.lineno) if isinstance(result, ast.Name) else result
    return value.lineno if made is None else made.lineno


def _function(evidence: Evidence, value: ast.expr) -> ast.AST | None:
    """The program's function that an expression calls, by its name or by the argument that handed it over."""
    name = called(value)
    names = {name}
    for node in evidence.nodes:
        given = keyword(node, name) if isinstance(node, ast.Call) and name is not None else None
        names |= {given.id} if isinstance(given, ast.Name) else set()
    found = [node for node in evidence.nodes if isinstance(node, FUNCTIONS) and node.name in names]
    return found[0] if len(found) == 1 else None
