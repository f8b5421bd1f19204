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
    """The ``with tf.GradientTape()`` blocks of a function, in the order of the lines."""
    blocks = [node for node in ast.walk(around) if isinstance(node, ast.With)]
    for node in sorted(blocks, key=lambda node: node.lineno):
        if any(called(item.context_expr) == "GradientTape" for item in node.items):
            yield node


def breaks_inside(evidence: Evidence) -> bool:
    """Whether a statement failed in a function or loop that takes gradients: what follows it did not run."""
    lines = {fault.line for fault in evidence.faults if fault.line is not None}
    for block in tapes(evidence.tree):
        around = enclosing(evidence, block, *FUNCTIONS) or enclosing(evidence, block, ast.For, ast.While)
        if isinstance(around, ast.stmt) and any(
            around.lineno <= line <= (around.end_lineno or line) for line in lines
        ):
            return True
    return False


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
            made = bound_to(scope(evidence, taken.node), taken.target.id, taken.node.lineno)
            return gradient_line if made is None else _returned(evidence, made, taken.target.id)
    return gradient_line


def made_at(evidence: Evidence, gradient_line: int) -> int:
    """The statement that makes the loss of which a gradient is taken at a line, in the same function."""
    for taken in gradients(evidence, evidence.tree):
        inside = taken.node.lineno <= gradient_line <= (taken.node.end_lineno or taken.node.lineno)
        if inside and isinstance(taken.target, ast.Name):
            made = bound_to(scope(evidence, taken.node), taken.target.id, taken.node.lineno)
            return gradient_line if made is None else made.lineno
    return gradient_line


def labels_line(evidence: Evidence, gradient_line: int) -> int | None:
    """Where the labels are made that the loss of a gradient is given by name: ``labels = tf.concat(...)``.

    None where the loss is given none, or where the text has them otherwise.
    """
    line = made_at(evidence, gradient_line)
    made = next((n for n in evidence.nodes if isinstance(n, ast.Assign) and n.lineno == line), None)
    if made is None:
        return None
    lines = set()
    for call in _calls(made.value):
        given = keyword(call, "y_true") or keyword(call, "labels") or (call.args[0] if call.args else None)
        bound = None
        if isinstance(given, ast.Name):
            bound = bound_to(scope(evidence, made), given.id, made.lineno)
        if bound is not None and called(bound.value) in _LABELS | _JOINED:
            lines.add(bound.lineno)
    return lines.pop() if len(lines) == 1 else None


def _assigned(around: ast.AST, name: str, before: int) -> ast.expr | None:
    """What a plain name was bound to last before a line of a function."""
    found = bound_to(around, name, before)
    return None if found is None else found.value


def bound_to(around: ast.AST, name: str, before: int) -> ast.Assign | None:
    """The last statement before a line that binds a plain name, alone or among others."""
    found = [
        node
        for node in ast.walk(around)
        if isinstance(node, ast.Assign)
        and node.lineno < before
        and any(isinstance(part, ast.Name) and part.id == name for t in node.targets for part in ast.walk(t))
    ]
    return max(found, key=lambda node: node.lineno, default=None)


def behind(evidence: Evidence, value: ast.expr) -> set[str]:
    """The names of the functions and models whose calls a value is made of, followed through its function."""
    return {called(node) or "" for node in made_of(evidence, value) if isinstance(node, ast.Call)}


def made_of(evidence: Evidence, value: ast.expr) -> Iterator[ast.AST]:
    """The parts of an expression and of what its names were bound to before in its function, and so on."""
    around, waiting, seen = scope(evidence, value), [(value, value.lineno)], set[tuple[str, int]]()
    while waiting:
        whole, line = waiting.pop()
        for part in ast.walk(whole):
            yield part
            made = bound_to(around, part.id, line) if isinstance(part, ast.Name) else None
            if isinstance(part, ast.Name) and made is not None and (part.id, made.lineno) not in seen:
                seen.add((part.id, made.lineno))
                waiting.append((made_by(made, part.id), made.lineno))


def made_by(made: ast.Assign, name: str) -> ast.expr:
    """What an assignment gives to a name: of ``a, b = f(x), g(y)`` its own part."""
    target, value = made.targets[0], made.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for bound, held in zip(target.elts, value.elts, strict=True):
            if isinstance(bound, ast.Name) and bound.id == name:
                return held
    return value


def _returned(evidence: Evidence, made: ast.Assign, name: str) -> int:
    """The line of a loss: of what the program's function returns that it calls, else of the statement."""
    function = _function(evidence, made.value)
    if function is None:
        return made.value.lineno
    returns = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
    if len(returns) != 1:
        return made.value.lineno
    result, target = returns[0], made.targets[0]
    if isinstance(target, ast.Tuple):
        places = [isinstance(part, ast.Name) and part.id == name for part in target.elts]
        if not isinstance(result, ast.Tuple) or len(result.elts) != len(places) or True not in places:
            return made.value.lineno
        result = result.elts[places.index(True)]
    value = _assigned(function, result.id, result.lineno) if isinstance(result, ast.Name) else result
    return made.value.lineno if value is None else value.lineno


def same_term(evidence: Evidence, gradient_line: int) -> int | None:
    """Where a loss takes the second of two terms with the same labels: ``ones_like`` for both kinds."""
    line = loss_line(evidence, gradient_line)
    at = next((n for n in evidence.nodes if isinstance(n, ast.stmt) and n.lineno == line), None)
    around = None if at is None else scope(evidence, at)
    if around is None or around is evidence.tree:
        return None
    labels = [
        (called(node.args[0]), node.lineno)
        for node in sorted(_calls(around), key=lambda n: (n.lineno, n.col_offset))
        if node.args and called(node.args[0]) in _LABELS
    ]
    labels += [
        (called(word.value), word.value.lineno)
        for node in _calls(around)
        for word in node.keywords
        if word.arg in {"labels", "y_true"} and called(word.value) in _LABELS
    ]
    same = [at for kind, at in labels if kind == labels[0][0]]
    return same[1] if len(same) == len(labels) == 2 else None


_LABELS = frozenset({"ones_like", "zeros_like", "ones", "zeros"})
_JOINED = frozenset({"concat", "concatenate"})


def _function(evidence: Evidence, value: ast.expr) -> ast.AST | None:
    """The program's function that an expression calls, by its name or by the argument that handed it over."""
    name = called(value)
    names = {name}
    for node in evidence.nodes:
        given = keyword(node, name) if isinstance(node, ast.Call) and name is not None else None
        names |= {given.id} if isinstance(given, ast.Name) else set()
    found = [node for node in evidence.nodes if isinstance(node, FUNCTIONS) and node.name in names]
    return found[0] if len(found) == 1 else None
