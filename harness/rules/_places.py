"""Where in an article a model, one of its layers, or the data it is fed was written down."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.model import Fault, LayerSeen, ModelSeen
from harness.rules._evidence import Evidence, kept
from harness.rules._kept_ranges import last_changing
from harness.rules._program import bindings, called, dotted, is_model_maker
from harness.rules._subclassed import ending

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NOT_LAYERS = frozenset({"Sequential", "Model", "Functional", "add", "compile", "print"})


@dataclass(frozen=True)
class LayerPlace:
    """The lines of one layer's constructor; ``kind`` is the name it is called by."""

    line: int
    end_line: int
    kind: str
    call: ast.Call


@dataclass(frozen=True)
class ModelPlace:
    """The lines where a model is made, and those of its layers in the order of the text."""

    line: int
    end_line: int
    name: str | None  # the variable it is bound to first
    function: str | None  # the function that makes it
    layers: tuple[LayerPlace, ...]


def _scope(evidence: Evidence, node: ast.AST) -> ast.AST:
    around = evidence.parents.get(node)
    while around is not None and not isinstance(around, _FUNCTIONS):
        around = evidence.parents.get(around)
    return around or evidence.tree


@kept
def _in_scopes(evidence: Evidence) -> Mapping[ast.AST, tuple[ast.AST, ...]]:
    """The nodes of each function, and of the module, without those of functions inside it."""
    found: dict[ast.AST, list[ast.AST]] = defaultdict(list)
    for node in evidence.nodes:
        found[_scope(evidence, node)].append(node)
    return {scope: tuple(nodes) for scope, nodes in found.items()}


def _layer_calls(node: ast.AST) -> Iterator[LayerPlace]:
    """Constructors in an expression: calls of a capitalised name, in the order of the text."""
    for inner in ast.walk(node):
        name = called(inner)
        if name and name[:1].isupper() and name not in _NOT_LAYERS and isinstance(inner, ast.Call):
            yield LayerPlace(inner.lineno, inner.end_lineno or inner.lineno, name, inner)


def _added(evidence: Evidence, scope: ast.AST, name: str, after: int) -> Iterator[LayerPlace]:
    """Layers of ``name.add(...)`` in one scope, up to the next model bound to the same name."""
    bound = _assigns(evidence).get((scope, name), ())
    limit = min((n.lineno for n in bound if n.lineno > after and is_model_maker(n.value)), default=10**9)
    for call in _adds(evidence).get((scope, name), ()):
        if after <= call.lineno < limit:
            for argument in call.args:
                yield from _layer_calls(argument)


@kept
def _adds(evidence: Evidence) -> Mapping[tuple[ast.AST, str], list[ast.Call]]:
    """The calls ``name.add(...)``, by scope and name."""
    found: dict[tuple[ast.AST, str], list[ast.Call]] = defaultdict(list)
    for scope, nodes in _in_scopes(evidence).items():
        for node in nodes:
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "add"
            ):
                found[scope, dotted(node.func.value) or ""].append(node)
    return found


def _functional(evidence: Evidence, scope: ast.AST, maker: ast.Call) -> Iterator[LayerPlace]:
    """Layers on the way from a functional model's outputs back to its inputs."""
    assigns = _assigns(evidence)
    outputs = [word.value for word in maker.keywords if word.arg in {"outputs", "output"}] or maker.args[1:2]
    seen: set[ast.AST] = set()
    # A name means its latest assignment before the line that reads it: `x = Dense(3)(x)`.
    queue: list[tuple[ast.AST, int]] = [(node, maker.lineno + 1) for node in outputs]
    while queue:
        expression, before = queue.pop()
        if expression in seen:
            continue
        seen.add(expression)
        yield from _layer_calls(expression)
        for name in (n for n in ast.walk(expression) if isinstance(n, ast.Name)):
            bound = assigns.get((scope, name.id), ())
            place = bisect_left(bound, before, key=lambda a: a.lineno)
            if place:
                queue.append((bound[place - 1].value, bound[place - 1].lineno))


@kept
def _assigns(evidence: Evidence) -> Mapping[tuple[ast.AST, str], list[ast.Assign]]:
    """The assignments to a plain name in the order of their lines, by scope and name."""
    found: dict[tuple[ast.AST, str], list[ast.Assign]] = defaultdict(list)
    for scope, nodes in _in_scopes(evidence).items():
        assigns = [node for node in nodes if isinstance(node, ast.Assign)]
        for node in sorted(assigns, key=lambda node: node.lineno):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[scope, target.id].append(node)
    return found


@kept
def model_places(evidence: Evidence) -> tuple[ModelPlace, ...]:
    """Every place of the program that makes a Keras model from layers."""
    found = []
    for node in evidence.nodes:
        if not is_model_maker(node) or not isinstance(node, ast.Call):
            continue
        holder = evidence.parents.get(node)
        target = holder.targets[0] if isinstance(holder, ast.Assign) else None
        name = dotted(target) if target is not None else None
        scope = _scope(evidence, node)
        if called(node) == "Sequential":
            layers = [place for argument in node.args for place in _layer_calls(argument)]
            layers += list(_added(evidence, scope, name, node.lineno)) if name else []
        else:
            layers = list(_functional(evidence, scope, node))
        function = scope.name if isinstance(scope, _FUNCTIONS) else None
        layers.sort(key=lambda place: (place.line, place.call.col_offset))
        found.append(ModelPlace(node.lineno, node.end_lineno or node.lineno, name, function, tuple(layers)))
    return tuple(sorted(found, key=lambda place: place.line))


@kept
def model_place(evidence: Evidence, model: int) -> ModelPlace | None:
    """Where a model of the trace was made: by its line, else through the names that hold it."""
    seen = evidence.models.get(model)
    if seen is None:
        return None
    places = model_places(evidence)
    for place in places:
        if seen.created_line is not None and place.line <= seen.created_line <= place.end_line:
            return place
    for name in seen.names:
        found = place_of_name(evidence, name)
        if found:
            return found
    return None


def place_of_name(evidence: Evidence, name: str) -> ModelPlace | None:
    """Where the model that a variable holds was made, also inside a function that returns it."""
    places = model_places(evidence)
    for place in places:
        if place.name == name and place.function is None:
            return place
    makers = {called(value) for value in bindings(evidence).get(name, ())}
    inside = [place for place in places if place.function is not None and place.function in makers]
    return inside[-1] if inside else next((place for place in places if place.name == name), None)


def model_line(evidence: Evidence, model: int) -> int | None:
    """The line where a model is made."""
    place = model_place(evidence, model)
    if place:
        return place.line
    seen = evidence.models.get(model)
    return seen.created_line if seen else None


@kept
def damaged(evidence: Evidence, model: int) -> bool:
    """Whether a statement that helps to build a model failed, so that it is not what is written."""
    place = model_place(evidence, model)
    if place is None:
        return False
    first = min([place.line, *(layer.line for layer in place.layers)])
    last = max([place.end_line, *(layer.end_line for layer in place.layers)])
    for node in evidence.nodes:
        if isinstance(node, _FUNCTIONS) and node.lineno <= place.line <= (node.end_lineno or node.lineno):
            first, last = min(first, node.lineno), max(last, node.end_lineno or node.lineno)
    # A layer that is lost because another statement failed is no fault of its own, and missing all the same.
    faults = evidence.of(Fault)
    return any(not f.repaired and f.line is not None and first <= f.line <= last for f in faults)


def last_layer(evidence: Evidence, model: int, *kinds: str) -> LayerPlace | None:
    """The last written layer of a model, of these kinds where some are given."""
    place = model_place(evidence, model)
    if place is None:
        return None
    return next((layer for layer in reversed(place.layers) if not kinds or layer.kind in kinds), None)


def constructed(seen: ModelSeen) -> list[LayerSeen]:
    """The layers of a model that a text makes: neither its inputs nor operations."""
    return [layer for layer in seen.layers if layer.kind != "InputLayer" and not layer.operation]


def layer_place(evidence: Evidence, model: int, index: int) -> LayerPlace | None:
    """Where the model's layer number ``index`` of the trace was written, if the two lists agree."""
    seen, place = evidence.models.get(model), model_place(evidence, model)
    if seen is None or place is None:
        return None
    run = constructed(seen)
    written = [layer for layer in place.layers if layer.kind not in {"Input", "InputLayer"}]
    wanted: LayerSeen = seen.layers[index]
    if len(run) != len(written) or wanted not in run:
        return None
    position = next(i for i, layer in enumerate(run) if layer is wanted)
    return written[position] if written[position].kind == wanted.kind else None


def output_line(evidence: Evidence, model: int) -> int | None:
    """The line that decides a model's output values: its last activation, else its last layer."""
    operation = _last_operation(evidence, model)
    if operation is not None:
        return operation
    layer = last_layer(
        evidence, model, "Activation", "Dense", "Conv2D", "Conv2DTranspose", "LeakyReLU", "Softmax"
    )
    if layer:
        return layer.line
    seen = evidence.models.get(model)
    own = ending(evidence, seen.kind) if seen is not None else None
    return own.line if own is not None else model_line(evidence, model)


def _last_operation(evidence: Evidence, model: int) -> int | None:
    """The line of the call of ``ops.sigmoid`` or the like that a functional model ends in."""
    seen, place = evidence.models.get(model), model_place(evidence, model)
    last = None if seen is None else last_changing(seen)
    if place is None or last is None or not last.operation:
        return None
    first = min([place.line, *(layer.line for layer in place.layers)])
    lines = [
        node.lineno
        for node in evidence.nodes
        if isinstance(node, ast.Call)
        and first <= node.lineno <= place.end_line
        and called(node) == last.activation
    ]
    return max(lines, default=None)
