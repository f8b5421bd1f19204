"""What is known of the inside of hand-written training steps: what each model received there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from harness.model import Call, Fed
from harness.rules._evidence import Evidence


def fed_inside(evidence: Evidence, call: Call) -> Iterator[Fed]:
    """What each model received in a call's own steps.

    On eager tapes the values were seen.  In a traced step there are none yet: those computed after the run
    are filled in, the narrowest where a model received several arrays of one origin.
    """
    for step in call.steps:
        for fed in step.fed:
            yield fed if fed.array.low is not None else _measured(evidence, fed)


def _measured(evidence: Evidence, fed: Fed) -> Fed:
    ranges = [
        (float(one["low"]), float(one["high"]))
        for probe in evidence.probes("received")
        for one in probe.result.get("arrays", ())
        if (one["model"], one["origin"]) == (fed.model, fed.array.origin)
        and tuple(one["shape"][1:]) == fed.array.shape[1:]
        and one["low"] is not None
        and one["high"] is not None
    ]
    if not ranges:
        return fed
    low, high = max(low for low, _ in ranges), min(high for _, high in ranges)
    return replace(fed, array=replace(fed.array, low=low, high=high))


def breaks_down(call: Call) -> bool:
    """Whether a call's loss was not finite at its begin or its end, or left weights that are not."""
    return any(not math.isfinite(loss) for loss in call.losses) or any(moved.lost for moved in call.moved)
