"""What was measured of the layers of trained networks after the run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.model import ModelSeen
from harness.rules._evidence import Evidence
from harness.rules._places import damaged, layer_place, model_line


def probed(evidence: Evidence) -> Iterator[tuple[ModelSeen, dict[str, Any]]]:
    """Each network whose layers were measured, with the result.

    Without those that normalise: after a few updates their statistics are not yet those of the data.
    """
    for probe in evidence.probes("layers"):
        seen = evidence.models.get(probe.models[0]) if len(probe.models) == 1 else None
        if seen is None or damaged(evidence, seen.model):
            continue
        if not any("Normalization" in layer.kind for layer in seen.layers):
            yield seen, dict(probe.result)


def layer_line(evidence: Evidence, model: int, index: int) -> int | None:
    """Where a layer is written; the line of its model where the text does not tell the layers apart."""
    place = layer_place(evidence, model, index)
    return place.line if place is not None else model_line(evidence, model)
