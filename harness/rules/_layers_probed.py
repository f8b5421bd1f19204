"""What was measured of the layers of trained networks after the run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.model import ModelSeen
from harness.rules._evidence import Evidence
from harness.rules._mended import pretrained_in_place
from harness.rules._places import LayerPlace, constructed, damaged, layer_place, model_line, model_place
from harness.rules._program import loop_around


def probed(evidence: Evidence) -> Iterator[tuple[ModelSeen, dict[str, Any]]]:
    """Each network whose layers were measured, with the result.

    Without those that normalise: after a few updates their statistics are not yet those of the data.
    """
    if pretrained_in_place(evidence):
        return
    for probe in evidence.probes("layers"):
        seen = evidence.models.get(probe.models[0]) if len(probe.models) == 1 else None
        if seen is None or damaged(evidence, seen.model):
            continue
        if not any("Normalization" in layer.kind for layer in seen.layers):
            yield seen, dict(probe.result)


def layer_line(evidence: Evidence, model: int, index: int) -> int | None:
    """Where a layer is written; the line of its model where the text does not tell the layers apart."""
    place = (
        layer_place(evidence, model, index)
        or _among_others(evidence, model, index)
        or _repeated(evidence, model, index)
    )
    return place.line if place is not None else model_line(evidence, model)


def _among_others(evidence: Evidence, model: int, index: int) -> LayerPlace | None:
    """The same where the text makes other things on the way: initializers, regularizers."""
    seen, place = evidence.models[model], model_place(evidence, model)
    run = constructed(seen)
    kinds = [layer.kind for layer in run]
    written = [layer for layer in place.layers if layer.kind in kinds] if place is not None else []
    if [layer.kind for layer in written] != kinds or seen.layers[index] not in run:
        return None
    return written[run.index(seen.layers[index])]


def _repeated(evidence: Evidence, model: int, index: int) -> LayerPlace | None:
    """The same where the text writes it once, in a loop: the only layer of that kind in any loop."""
    place, wanted = model_place(evidence, model), evidence.models[model].layers[index].kind
    written = [layer for layer in place.layers if layer.kind == wanted] if place is not None else []
    looped = [layer for layer in written if loop_around(evidence, layer.call) is not None]
    return looped[0] if len(looped) == 1 and written[0] is looped[0] else None
