"""Models that answer for every step of a sequence or place of an image where one answer is wanted."""

from __future__ import annotations

from harness.model import ModelSeen
from harness.rules._evidence import Evidence
from harness.rules._layers_probed import layer_line

_RECURRENT = {"LSTM", "GRU", "SimpleRNN"}
_SPATIAL = ("Conv", "SeparableConv", "DepthwiseConv", "MaxPooling", "AveragePooling", "UpSampling")

_DENSE = (
    *("InputLayer", "Dense", "Embedding", "Dropout", "Activation", "ReLU", "LeakyReLU", "Softmax"),
    *("BatchNormalization", "LayerNormalization", "Rescaling", "Normalization"),
)


def kept_places(evidence: Evidence, model: int | None, target: tuple[int, ...]) -> tuple[int, str] | None:
    """The line of the layer that should have brought the places together, and what to do there.

    ``target`` is one example's target: the model's output has the same numbers for each of several places.
    None where the model is not one of these.
    """
    seen = evidence.models.get(model) if model is not None else None
    if seen is None or len(seen.output_shapes) != 1 or len(target) > 1:
        return None
    made = seen.output_shapes[0][1:]
    if len(made) < 2 or made[-1] != (target[0] if target else 1):
        return None
    recurrent = [i for i, layer in enumerate(seen.layers) if layer.kind in _RECURRENT]
    if recurrent and seen.layers[recurrent[-1]].settings.get("return_sequences") is True:
        line = layer_line(evidence, seen.model, recurrent[-1])
        cure = "This layer answers for every step: leave `return_sequences` out of the last recurrent layer."
        return None if line is None else (line, cure)
    spatial = [i for i, layer in enumerate(seen.layers) if layer.kind.startswith(_SPATIAL)]
    flat = any(layer.kind.startswith(("Flatten", "Global")) for layer in seen.layers)
    if flat or not (spatial or _only_dense(seen)):
        return None
    after = spatial[-1] if spatial else -1
    dense = [i for i, layer in enumerate(seen.layers) if layer.kind == "Dense" and i > after]
    if not dense:
        return None
    line = layer_line(evidence, seen.model, dense[0])
    cure = (
        f"This layer answers for every place of the {_whole(seen, spatial)}: put a `Flatten` or a global "
        "pooling before it."
    )
    return None if line is None else (line, cure)


def _only_dense(seen: ModelSeen) -> bool:
    """Whether nothing in a model but dense layers changes the shape of what it is given."""
    return all(layer.kind.startswith(_DENSE) for layer in seen.layers)


def _whole(seen: ModelSeen, spatial: list[int]) -> str:
    if spatial:
        return "sequence" if seen.layers[spatial[-1]].kind.endswith("1D") else "image"
    return "sequence" if any(layer.kind == "Embedding" for layer in seen.layers) else "input"
