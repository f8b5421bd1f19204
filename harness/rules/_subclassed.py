"""What a model written as a class puts out: the layer that its ``call`` ends with, as the text says."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from harness.rules._evidence import Evidence
from harness.rules._program import called, dotted, keyword

# Layers and functions that hand values on unchanged.
_PASSING = frozenset({"Reshape", "Flatten", "Dropout", "reshape", "flatten", "squeeze", "expand_dims"})
_SUMS = frozenset({"Dense", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose"})
_LAYERS = {"LeakyReLU": "leaky_relu", "ReLU": "relu", "Softmax": "softmax", "ELU": "elu", "PReLU": "prelu"}
_FUNCTIONS = frozenset({"sigmoid", "tanh", "softmax", "relu"})
_DEEPEST = 8


@dataclass(frozen=True)
class Ending:
    """The activation of a class's output, "linear" included, and the line where it is written."""

    activation: str
    line: int


def ending(evidence: Evidence, kind: str) -> Ending | None:
    """How the ``call`` of the class of this name ends; None where that is not plain."""
    classes = [n for n in evidence.nodes if isinstance(n, ast.ClassDef) and n.name == kind]
    if len(classes) != 1:
        return None
    calls = [n for n in classes[0].body if isinstance(n, ast.FunctionDef) and n.name == "call"]
    if len(calls) != 1:
        return None
    returns = [n.value for n in ast.walk(calls[0]) if isinstance(n, ast.Return)]
    if len(returns) != 1 or returns[0] is None:
        return None
    return _resolved(classes[0], calls[0], returns[0], returns[0].lineno + 1, _DEEPEST)


def _resolved(
    whole: ast.ClassDef, call: ast.FunctionDef, value: ast.expr, before: int, deep: int
) -> Ending | None:
    """The ending of an expression in ``call``, followed through names to the layer that made it."""
    if not deep:
        return None
    if isinstance(value, ast.Name):
        bound = [
            node
            for node in ast.walk(call)
            if isinstance(node, ast.Assign)
            and node.lineno < before
            and any(isinstance(target, ast.Name) and target.id == value.id for target in node.targets)
        ]
        if not bound or any(_conditional(call, node) for node in bound):
            return None
        latest = max(bound, key=lambda node: node.lineno)
        return _resolved(whole, call, latest.value, latest.lineno, deep - 1)
    if not isinstance(value, ast.Call):
        return None
    name = dotted(value.func) or ""
    own = name.removeprefix("self.")
    if own != name and "." not in own:
        layer = _layer(whole, own)
        if layer is not None and called(layer) in _PASSING and value.args:
            return _resolved(whole, call, value.args[0], before, deep - 1)
        return None if layer is None else _of_layer(layer)
    if called(value) in _PASSING and value.args:
        return _resolved(whole, call, value.args[0], before, deep - 1)
    return Ending(str(called(value)), value.lineno) if called(value) in _FUNCTIONS else None


def _conditional(call: ast.FunctionDef, node: ast.AST) -> bool:
    """Whether a statement stands under a condition, or in a loop."""
    blocks = [n for n in ast.walk(call) if isinstance(n, ast.If | ast.For | ast.While)]
    return any(node in ast.walk(block) for block in blocks)


def _layer(whole: ast.ClassDef, name: str) -> ast.Call | None:
    """The constructor that ``self.name`` is bound to, where it is bound once."""
    made = [
        node.value
        for node in ast.walk(whole)
        if isinstance(node, ast.Assign) and any(dotted(target) == f"self.{name}" for target in node.targets)
    ]
    return made[0] if len(made) == 1 and isinstance(made[0], ast.Call) else None


def _of_layer(layer: ast.Call) -> Ending | None:
    kind = called(layer)
    if kind == "Sequential":
        held = layer.args[0] if layer.args else None
        layers = held.elts if isinstance(held, ast.List | ast.Tuple) else []
        inside = [one for one in layers if isinstance(one, ast.Call)]
        shown = [one for one in inside if called(one) not in _PASSING]
        return _of_layer(shown[-1]) if shown and len(inside) == len(layers) else None
    if kind in _LAYERS:
        return Ending(_LAYERS[kind], layer.lineno)
    given = keyword(layer, "activation")
    if kind == "Activation" and layer.args:
        given = layer.args[0]
    elif kind == "Dense" and given is None and len(layer.args) > 1:
        given = layer.args[1]
    if kind != "Activation" and kind not in _SUMS:
        return None
    name = given.value if isinstance(given, ast.Constant) else dotted(given) if given is not None else None
    if name is None and given is not None and not isinstance(given, ast.Constant):
        return None  # an activation that is computed, or an object
    return Ending("linear" if name is None else str(name).rpartition(".")[2], layer.lineno)
