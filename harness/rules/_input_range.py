"""What a model does to the range of its inputs before anything else."""

from __future__ import annotations

from harness.model import ModelSeen

# Kinds of layers, by how their names begin, that leave the range of their inputs as it is.
_KEEPING = ("InputLayer", "Random", "Resizing", "CenterCrop", "ZeroPadding", "UpSampling")


def first_changing(seen: ModelSeen) -> int | None:
    """The place of the first layer of a model that changes its inputs' range."""
    return next((i for i, one in enumerate(seen.layers) if not one.kind.startswith(_KEEPING)), None)
