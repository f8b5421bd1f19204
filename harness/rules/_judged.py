"""What a discriminator is given to judge and what it is told, among several inputs and outputs."""

from __future__ import annotations

import math

from harness.model import ArraySummary, Call
from harness.rules._evidence import Evidence
from harness.rules._players import is_fake, units


def example(call: Call, generator: int) -> ArraySummary | None:
    """The examples among what a discriminator was fed: beside them may stand labels, codes, a condition."""
    made = [array for array in call.inputs if is_fake(array, generator)]
    return made[0] if made else max(call.inputs, key=_row, default=None)


def _row(array: ArraySummary) -> int:
    return math.prod(abs(size) for size in array.shape[1:])


def verdicts(evidence: Evidence, call: Call, discriminator: int) -> ArraySummary | None:
    """The targets for what the discriminator itself says, among those of a model with several outputs.

    A discriminator that names classes as well gives its verdict first; a model that holds it may put
    out an image or a code before it.
    """
    seen = evidence.models.get(discriminator)
    if seen is None or not seen.output_shapes or len(call.targets) < 2 or call.model == discriminator:
        return call.targets[0] if call.targets else None
    wanted = units(seen.output_shapes[0])
    alike = [array for array in call.targets if _row(array) == wanted and len(array.distinct or ()) == 1]
    return alike[0] if alike and wanted is not None else None
