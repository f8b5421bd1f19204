"""Models as facts: their layers, shapes, sizes and how they hold one another."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from harness.model import LayerSeen
from harness.run.watch.registry import Registry
from harness.run.watch.weights import weights_of

Shape = tuple[int | None, ...]

# Settings that say how a layer was made rather than what it computes.
_DULL = ("initializer", "regularizer", "constraint", "dtype", "trainable", "build_config", "config")
_TEXT = 60
# Activations that are operations of a functional model, by Keras's names of them.
_ACTIVATIONS = {
    **{kind: kind.lower() for kind in ("ReLU", "Relu", "Relu6", "Elu", "Selu", "Celu", "Gelu", "Silu")},
    **{kind: kind.lower() for kind in ("Sigmoid", "Tanh", "Softmax", "Softplus", "Softsign")},
    "HardSigmoid": "hard_sigmoid",
    "HardTanh": "hard_tanh",
    "LeakyRelu": "leaky_relu",
    "LogSigmoid": "log_sigmoid",
    "LogSoftmax": "log_softmax",
}
# Objects of these hold no models of the program, or hold them for reasons of their own.
_LIBRARIES = frozenset({"keras", "tf_keras", "tensorflow", "numpy", "matplotlib", "builtins"})


def layers_of(model: Any) -> list[Any]:
    """A model's own layers in order; empty where a subclass does not tell."""
    try:
        return list(model.layers)
    except Exception:  # a subclass may shadow ``layers`` with anything
        return []


def steps_of(model: Any) -> list[tuple[Any, bool]]:
    """The layers of a model and, of a functional one, the operations between them, in order.

    Each with whether it is a layer.
    """
    own = [(layer, True) for layer in layers_of(model)]
    known = {id(layer) for layer, _ in own}
    try:
        every = [(step, id(step) in known) for step in model.operations]
    except Exception:  # no functional model of Keras 3
        return own
    # A subclass may have an attribute of that name.
    return every if [step for step in every if step[1]] == own else own


def layers_seen(model: Any, registry: Registry) -> tuple[LayerSeen, ...]:
    """The same as facts."""
    steps = steps_of(model)
    taken = _taken(model, [step for step, _ in steps])
    return tuple(
        replace(
            _layer_seen(step, registry.models.find(step)) if layer else _operation_seen(step),
            takes=None if taken is None else tuple(sorted(taken[place])),
        )
        for place, (step, layer) in enumerate(steps)
    )


def _taken(model: Any, steps: list[Any]) -> list[set[int]] | None:
    """For each step of a functional model the places of those whose outputs it takes."""
    places = {id(step): place for place, step in enumerate(steps)}
    taken: list[set[int]] = [set() for _ in steps]
    try:
        for nodes in model._nodes_by_depth.values():
            for node in nodes:
                own = taken[places[id(node.operation)]]
                own.update(places[id(parent.operation)] for parent in node.parent_nodes)
    except Exception:  # no functional model of Keras 3, or one that holds what it does not list
        return None
    return taken


def _operation_seen(operation: Any) -> LayerSeen:
    return LayerSeen(
        kind=type(operation).__name__,
        name=str(getattr(operation, "name", "")),
        activation=activation_of(operation),
        output_shape=_output_shape(operation),
        settings={},
        parameters=0,
        operation=True,
    )


def activation_of(operation: Any) -> str | None:
    """The activation that an operation is, by the name that Keras gives it; None for any other."""
    return _ACTIVATIONS.get(type(operation).__name__)


def _layer_seen(layer: Any, number: int | None) -> LayerSeen:
    return LayerSeen(
        kind=type(layer).__name__,
        name=str(getattr(layer, "name", "")),
        activation=_activation(layer),
        output_shape=_output_shape(layer),
        settings={} if number is not None else _settings(layer),
        parameters=parameters(layer),
        model=number,
    )


def parameters(layer: Any) -> int:
    """How many numbers a layer's or model's weights hold."""
    total = 0
    for variable in weights_of(layer):
        size = 1
        for length in getattr(variable, "shape", ()):
            size *= int(length or 0)
        total += size
    return total


def _activation(layer: Any) -> str | None:
    activation = _attribute(layer, "activation")
    if activation is None or not callable(activation):
        return None
    name = getattr(activation, "__name__", None) or type(activation).__name__
    return str(name).lower() if not getattr(activation, "__name__", None) else str(name)


def _attribute(thing: Any, name: str) -> Any:
    try:
        return getattr(thing, name, None)
    except Exception:  # a property of a user's layer may raise anything
        return None


def _settings(layer: Any) -> Mapping[str, Any]:
    """What the layer computes with: units, filters, kernel size, rates and the like.

    Only Keras's own ``get_config`` is asked: one written by the program could do anything.
    """
    get_config: Callable[..., Any] | None = getattr(type(layer), "get_config", None)
    if get_config is None or not str(getattr(get_config, "__module__", "")).startswith(
        ("keras.", "tf_keras.")
    ):
        return {}
    try:
        config = layer.get_config()
    except Exception:  # NotImplementedError for custom arguments, or whatever a subclass does
        return {}
    kept = {}
    for key, value in config.items():
        if key != "name" and not key.endswith(_DULL) and (plain := _plain(value)) is not None:
            kept[key] = plain
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value[:_TEXT]
    if isinstance(value, list | tuple) and all(isinstance(v, int | float | None) for v in value):
        return tuple(value)
    return None


def shape_tuple(shape: Any) -> Shape | None:
    """A shape of any framework as integers and None."""
    if shape is None:
        return None
    try:
        return tuple(None if size is None else int(size) for size in shape)
    except (TypeError, ValueError):
        return None


def _output_shape(layer: Any) -> Shape | None:
    output = _attribute(layer, "output")
    if output is None or not hasattr(output, "shape"):
        # A layer called more than once has no single output; its first call tells as much.
        nodes = _attribute(layer, "_inbound_nodes") or ()
        outputs = _attribute(nodes[0], "output_tensors") if nodes else None
        if outputs is None and nodes:
            outputs = _attribute(nodes[0], "outputs")
        output = outputs[0] if isinstance(outputs, list | tuple) and outputs else None
    if output is None:
        own = _attribute(layer, "outputs")
        output = own[0] if isinstance(own, list | tuple) and own else None
    return shape_tuple(getattr(output, "shape", None))


def shapes(model: Any, side: str) -> tuple[Shape, ...]:
    """Shapes of a model's ``inputs`` or ``outputs``, empty where it has no fixed graph."""
    tensors = _attribute(model, side)
    if not isinstance(tensors, list | tuple):
        return ()
    found = [shape_tuple(getattr(tensor, "shape", None)) for tensor in tensors]
    return tuple(shape for shape in found if shape is not None)


def fingerprint(model: Any) -> tuple[Any, ...]:
    """Changes when the model's structure does."""
    own = layers_of(model)
    return (bool(_attribute(model, "built")), len(weights_of(model)), tuple(map(id, own)))


def kinship(model: Any, registry: Registry) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Known models whose weights are all among this one's, and those that share some weight."""
    own = {id(variable) for variable in weights_of(model)}
    held = {id(inner) for inner in registry.inside(model)}
    contains, shares = [], []
    for number, other in registry.models.alive():
        if other is model:
            continue
        theirs = {id(variable) for variable in weights_of(other)}
        if id(other) in held or (theirs and theirs <= own):
            contains.append(number)
        if theirs & own:
            shares.append(number)
    return tuple(contains), tuple(shares)


_ATTRIBUTES = 64  # looked at in an object


def names(model: Any, namespace: Mapping[str, object]) -> tuple[str, ...]:
    """Variables of the program that hold a model: directly, in a container or as an attribute."""
    found = []
    for name, value in list(namespace.items()):
        if name.startswith("__"):
            continue
        if value is model:
            found.append(name)
            continue
        found.extend(f"{name}{where}" for where, item in _held(value) if item is model)
    return tuple(found[:8])


def _held(value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [(f"[{key!r}]", item) for key, item in list(value.items())[:64] if isinstance(key, str | int)]
    if isinstance(value, list | tuple):
        return [(f"[{index}]", item) for index, item in enumerate(value[:64])]
    if isinstance(value, type) or not isinstance(getattr(value, "__dict__", None), dict):
        return []
    if type(value).__module__.partition(".")[0] in _LIBRARIES:
        return []
    # A Keras model has many attributes of its own, which begin with an underscore, before the program's.
    attributes = sorted(vars(value).items(), key=lambda pair: pair[0].startswith("_"))
    return [(f".{key}", item) for key, item in attributes[:_ATTRIBUTES]]


def untracked(model: Any) -> tuple[tuple[str, str], ...]:
    """TensorFlow's own variables of the program's layers, which Keras does not train: class and attribute.

    Keras 3 only trains variables that it has made (``add_weight``, ``keras.Variable``).
    """
    tensorflow: Any = sys.modules.get("tensorflow")
    variable = getattr(tensorflow, "Variable", None)
    if variable is None:
        return ()
    found: dict[tuple[str, str], None] = {}
    for layer in [model, *layers_of(model)]:
        if type(layer).__module__.partition(".")[0] in _LIBRARIES:
            continue
        tracked = {id(part) for v in weights_of(layer) for part in (v, getattr(v, "_value", None))}
        for name, value in list(vars(layer).items()):
            held = value if isinstance(value, list | tuple) else [value]
            loose = [v for v in held if isinstance(v, variable) and id(v) not in tracked]
            if any(v.trainable and v.dtype.is_floating for v in loose):
                found[type(layer).__name__, name] = None
    return tuple(found)
