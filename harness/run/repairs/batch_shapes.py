"""Gives a layer's fixed batch size to an ``Input`` before it: layers take none since Keras 3."""

from __future__ import annotations

import ast
import re
from types import ModuleType

from harness.knowledge.imports import uses_tensorflow_keras
from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import own_nodes, replaced, text, tree, without_keywords

_REFUSED = re.compile(
    r"Unrecognized keyword arguments passed to \w+: \{.*'(batch_input_shape|batch_size)':", re.DOTALL
)
_SHAPES = ("input_shape", "input_dim")


def repair(context: FaultContext) -> Proposal | None:
    refused, statement = _REFUSED.search(context.message), tree(context)
    if refused is None or statement is None:
        return None
    argument = refused[1]
    for call in own_nodes(statement):
        if isinstance(call, ast.Call) and argument in {word.arg for word in call.keywords}:
            shape = _shape(context, call, argument)
            return None if shape is None else _proposal(context, statement, call, argument, shape)
    return None


def _shape(context: FaultContext, call: ast.Call, argument: str) -> str | None:
    """The shape with its batch size, as the program would write it."""
    given = {word.arg: word.value for word in call.keywords}
    if argument == "batch_input_shape":
        return text(context, given[argument])
    size, rest = text(context, given[argument]), next((given[n] for n in _SHAPES if n in given), None)
    if rest is None:
        return None
    if isinstance(rest, ast.Tuple):
        return f"({', '.join([size, *(text(context, part) for part in rest.elts)])})"
    star = "" if "input_dim" in given else "*"
    return f"({size}, {star}{text(context, rest)})"


def _proposal(
    context: FaultContext, statement: ast.stmt, call: ast.Call, argument: str, shape: str
) -> Proposal | None:
    maker, bind = _input(context)
    before = f"{maker}(batch_shape={shape})"
    bare = text(context, call)
    gone = [argument] if argument == "batch_input_shape" else [argument, *_SHAPES]
    for name in gone:
        bare = without_keywords(bare, name)
    around = next((node for node in own_nodes(statement) if _holds(node, call)), None)
    if isinstance(around, ast.List):
        after = replaced(context.source, [(call, f"{before}, {bare}")])
        run = after
    elif isinstance(around, ast.Call) and isinstance(statement, ast.Expr) and statement.value is around:
        first = replaced(context.source, [(call, before)])
        after = f"{' '.join(first.split())}\n{replaced(context.source, [(call, bare)])}"
        run = f"if True: {' '.join(first.split())}; {replaced(context.source, [(call, bare)])}"
    else:
        return None
    return Proposal(
        rule="removed-argument",
        statement=run,
        bind=bind,
        before=context.source,
        after=after,
        evidence={
            "argument": argument,
            "replacement": "",
            "removed_in": "Keras 3.0",
            "callable": text(context, call.func).rpartition(".")[2],
            "instead": before,
        },
    )


def _holds(node: ast.AST, call: ast.Call) -> bool:
    """Whether a node puts a layer into a model: a list of layers, or ``model.add(layer)``."""
    if isinstance(node, ast.List):
        return call in node.elts
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "add"
        and node.args == [call]
    )


def _input(context: FaultContext) -> tuple[str, str | None]:
    """How the program can write ``Input``, and the import that it needs for that."""
    for name, value in context.namespace.items():
        if name == "Input" and callable(value):
            return name, None
        if isinstance(value, ModuleType) and name in {"keras", "layers"} and hasattr(value, "Input"):
            return f"{name}.Input", None
    package = "tensorflow.keras" if uses_tensorflow_keras(context.program) else "keras"
    return "Input", f"from {package}.layers import Input"
