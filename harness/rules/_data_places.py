"""Where in an article the data that a model is fed were written down."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from harness.model import Call
from harness.rules._evidence import Evidence, kept
from harness.rules._program import called, enclosing, keyword


def argument(evidence: Evidence, call: Call, position: int) -> ast.expr | None:
    """The expression of a recorded call's positional argument, e.g. 1 for the labels."""
    node = _node(evidence, call)
    if node is None:
        return None
    return node.args[position] if len(node.args) > position else keyword(node, ("x", "y")[position])


def argument_named(evidence: Evidence, call: Call, name: str) -> ast.expr | None:
    """The expression of a recorded call's keyword argument."""
    node = _node(evidence, call)
    return None if node is None else keyword(node, name)


def _node(evidence: Evidence, call: Call) -> ast.Call | None:
    """The expression that made a recorded call."""
    for node in evidence.nodes:
        if (
            isinstance(node, ast.Call)
            and called(node) == call.api
            and call.line is not None
            and node.lineno <= call.line <= (node.end_lineno or node.lineno)
        ):
            return node
    return None


def handed_over(evidence: Evidence, call: Call) -> Iterator[ast.expr]:
    """What may be the data of a hand-written step: its arguments, and the arrays of pipelines."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or call.line is None:
            continue
        if called(node) == "from_tensor_slices" or node.lineno == call.line:
            yield from node.args


def assignments(evidence: Evidence, name: str) -> tuple[ast.Assign, ...]:
    """Assignments to a plain name, alone or in a tuple, in the order of the lines."""
    return _assigned(evidence).get(name, ())


@kept
def _assigned(evidence: Evidence) -> Mapping[str, tuple[ast.Assign, ...]]:
    found: dict[str, dict[ast.Assign, None]] = defaultdict(dict)
    assigns = [node for node in evidence.nodes if isinstance(node, ast.Assign)]
    for node in sorted(assigns, key=lambda node: node.lineno):
        for inner in (part for target in node.targets for part in ast.walk(target)):
            if isinstance(inner, ast.Name):
                found[inner.id][node] = None
    return {name: tuple(nodes) for name, nodes in found.items()}


def bound_before(evidence: Evidence, node: ast.expr | None, loop: ast.AST) -> int | None:
    """The line that binds a plain variable which a loop uses and never binds again; else None."""
    if not isinstance(node, ast.Name):
        return None
    around = enclosing(evidence, loop, ast.FunctionDef)
    homes = {around, None}  # a function's own variable is another function's of that name only by chance
    bound = [a for a in assignments(evidence, node.id) if enclosing(evidence, a, ast.FunctionDef) in homes]
    inside = [n for n in ast.walk(loop) if isinstance(n, ast.Name) and n.id == node.id]
    # In a function the name may be a parameter of the same spelling.
    parameter = any(isinstance(n, ast.arg) and n.arg == node.id for n in evidence.nodes)
    if not bound or parameter or any(isinstance(n.ctx, ast.Store) for n in inside):
        return None
    return bound[-1].lineno


def root_name(node: ast.expr | None) -> str | None:
    """The variable that an expression is cut from: "x" for ``x[i:j].astype(...)``."""
    while node is not None:
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func if isinstance(node.func, ast.Attribute) else None
        else:
            return None
    return None


def cut_from(evidence: Evidence, names: Iterable[str]) -> frozenset[str]:
    """Variables, and all that hold what is cut, batched, mapped or split from them."""
    found, size = set(names), -1
    assigns = [node for node in evidence.nodes if isinstance(node, ast.Assign)]
    while len(found) > size:
        size = len(found)
        for node in assigns:
            if root_name(node.value) in found:
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
            found |= _halves(node, found)
    return frozenset(found)


def _halves(node: ast.Assign, names: set[str]) -> set[str]:
    """The variables that ``train_test_split`` fills with the two halves of these."""
    target, split = node.targets[0], node.value
    if (
        not isinstance(split, ast.Call)
        or called(split) != "train_test_split"
        or not isinstance(target, ast.Tuple)
    ):
        return set()
    places = [place for place, given in enumerate(split.args) if root_name(given) in names]
    halves = [half for place in places for half in target.elts[2 * place : 2 * place + 2]]
    return {half.id for half in halves if isinstance(half, ast.Name)}


def data_assignments(evidence: Evidence, node: ast.expr | None) -> tuple[ast.Assign, ...]:
    """Assignments that the fed value went through, e.g. ``x = x / 255`` for ``fit(x[:100])``.

    Follows one variable to the variables it was made from; latest last.
    """
    found: dict[int, ast.Assign] = {}
    # Of several inputs the data are the first as a rule, and labels the second.
    first = node.elts[0] if isinstance(node, ast.List | ast.Tuple) and node.elts else node
    queue, seen = [root_name(first)], set[str]()
    while queue:
        name = queue.pop()
        if name is None or name in seen:
            continue
        seen.add(name)
        for assign in assignments(evidence, name):
            found[assign.lineno] = assign
            queue += [root_name(part) for part in _parts(_main_operand(assign.value))]
    return tuple(found[line] for line in sorted(found))


def _parts(node: ast.expr) -> list[ast.expr]:
    """What a batch is joined from; a value by itself is its only part."""
    joins = {"concatenate", "concat", "vstack", "row_stack"}
    given = node.args[0] if isinstance(node, ast.Call) and called(node) in joins and node.args else None
    return given.elts if isinstance(given, ast.List | ast.Tuple) else [node]


def _main_operand(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.BinOp):
        node = node.right if isinstance(node.left, ast.Constant) else node.left
    return node
