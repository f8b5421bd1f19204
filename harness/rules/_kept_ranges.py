"""Layers and operations that keep the range of values, and what a model does first and last besides."""

from __future__ import annotations

from harness.model import LayerSeen, ModelSeen

# How the names of their kinds begin.
_KEEPING = (
    *("InputLayer", "Random", "Resizing", "CenterCrop", "Cropping", "ZeroPadding", "UpSampling", "Dropout"),
    *("Reshape", "Flatten", "Permute", "Squeeze", "ExpandDims", "Transpose", "GetItem"),
)


def keeps_range(layer: LayerSeen) -> bool:
    """Whether a layer or operation only moves numbers about, repeats or leaves out some of them."""
    return layer.kind.startswith(_KEEPING)


def first_changing(seen: ModelSeen) -> int | None:
    """The place of the first layer or operation of a model that changes its inputs' range."""
    return next((i for i, one in enumerate(seen.layers) if not keeps_range(one)), None)


def last_changing(seen: ModelSeen) -> LayerSeen | None:
    """What decides a model's output values: its last layer or operation that changes their range."""
    return next((one for one in reversed(seen.layers) if not keeps_range(one)), None)
