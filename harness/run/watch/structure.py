"""What a model's structure alone says: sizes, final activation, which model feeds which."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.run.watch.describe import Shape, activation_of, layers_of, steps_of

# Layers that move numbers about without changing them, or do nothing once trained.
_TRANSPARENT = (
    "InputLayer",
    "Reshape",
    "Flatten",
    "Dropout",
    "Cropping",
    "ZeroPadding",
    "UpSampling",
    "Permute",
    "SpatialDropout",
    "ActivityRegularization",
    "GaussianNoise",
)
_ACTIVATIONS = ("LeakyReLU", "ReLU", "PReLU", "ELU", "Softmax")


def size(shape: Shape | None) -> int | None:
    """Numbers in one row of a shape, None where a dimension is unknown."""
    if not shape or any(length is None for length in shape[1:]):
        return None
    return int(np.prod([length or 0 for length in shape[1:]]))


def one_unit(outputs: Sequence[Shape]) -> bool:
    """Whether some output is one number per row."""
    return any(size(shape) == 1 for shape in outputs)


def patches(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> bool:
    """Whether the output is a small map with one channel, as of a discriminator of patches."""
    if not outputs or not inputs or len(outputs[0]) != 4 or len(inputs[0]) != 4 or outputs[0][-1] != 1:
        return False
    return all((o or 0) * 2 <= (i or 0) for o, i in zip(outputs[0][1:3], inputs[0][1:3], strict=True))


def final_activation(model: Any, depth: int = 0) -> str | None:
    """Name of the last activation of a model, None where its structure does not tell."""
    for layer, is_layer in reversed(steps_of(model)):
        kind = type(layer).__name__
        if any(kind.startswith(word) for word in _TRANSPARENT):
            continue
        if not is_layer:
            return activation_of(layer)
        if kind in _ACTIVATIONS:
            return kind.lower()
        if depth < 4 and hasattr(layer, "layers"):
            return final_activation(layer, depth + 1)
        activation = getattr(layer, "activation", None)
        name = getattr(activation, "__name__", None)
        if name is not None:
            return str(name)
        return "linear" if kind.startswith(("Conv", "Dense")) else None
    return None


def feeds_inside(combined: Any, models: Sequence[tuple[int, Any]]) -> set[tuple[int, int]]:
    """Pairs (maker, taker) of known models where one's output reaches the other inside ``combined``."""
    own = layers_of(combined)
    numbers = {id(model): number for number, model in models}
    if type(combined).__name__ == "Sequential":
        order = [numbers[id(layer)] for layer in own if id(layer) in numbers]
        return set(itertools.pairwise(order))
    reached = _graph(combined)
    found = set()
    for layer in own:
        taker = numbers.get(id(layer))
        if taker is None:
            continue
        for node in getattr(layer, "_inbound_nodes", ()):
            if any(id(output) in reached for output in put_out(node)):
                for tensor in taken_in(node):
                    makers = _makers(tensor, models, numbers, 0) - {taker}
                    found |= {(maker, taker) for maker in makers}
    return found


def _graph(model: Any) -> set[int]:
    """Identities of all symbolic tensors on the way to a model's outputs."""
    seen: set[int] = set()
    waiting = list(getattr(model, "outputs", None) or ())
    while waiting and len(seen) < 20_000:
        tensor = waiting.pop()
        if id(tensor) not in seen:
            seen.add(id(tensor))
            waiting.extend(_before(tensor))
    return seen


def _before(tensor: Any) -> list[Any]:
    history = getattr(tensor, "_keras_history", None)
    if history is None:
        return []
    operation, node_index = history[0], history[1]
    nodes = getattr(operation, "_inbound_nodes", ())
    return taken_in(nodes[node_index]) if node_index < len(nodes) else []


def taken_in(node: Any) -> list[Any]:
    """The symbolic tensors that a call of a layer took."""
    legacy = getattr(node, "keras_inputs", None)  # Keras 2
    return list(legacy if legacy is not None else getattr(node, "input_tensors", ()))


def put_out(node: Any) -> list[Any]:
    """The symbolic tensors that a call of a layer put out."""
    found = getattr(node, "output_tensors", ())
    if isinstance(found, dict):
        return list(found.values())
    return list(found) if isinstance(found, list | tuple) else [found]


def _makers(tensor: Any, models: Sequence[tuple[int, Any]], numbers: dict[int, int], depth: int) -> set[int]:
    for number, model in models:
        if any(output is tensor for output in getattr(model, "outputs", None) or ()):
            return {number}
    history = getattr(tensor, "_keras_history", None)
    if history is None or depth > 200:
        return set()
    if id(history[0]) in numbers:
        return {numbers[id(history[0])]}
    return {maker for before in _before(tensor) for maker in _makers(before, models, numbers, depth + 1)}
