"""Models under a compiled loss: what each was compiled with, trained on, and what it puts out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from harness.model import ArraySummary, Call, Compiled, ModelSeen
from harness.rules._activations import output_activation
from harness.rules._evidence import Evidence
from harness.rules._losses import first_compiles, innermost, used
from harness.rules._places import damaged, model_place, output_line
from harness.rules._players import units

CATEGORICAL = frozenset({"categorical_crossentropy", "sparse_categorical_crossentropy"})
REGRESSION = frozenset(
    {
        "mean_squared_error",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_logarithmic_error",
        "huber",
        "log_cosh",
    }
)


@dataclass(frozen=True)
class Fitted:
    """A model with one output and one loss, and the first training call made under that loss."""

    compiled: Compiled
    call: Call
    seen: ModelSeen
    loss: str

    @property
    def line(self) -> int:
        """The line of the compile."""
        return self.compiled.line or 0

    @property
    def target(self) -> ArraySummary | None:
        """The targets of the call, where they are one array."""
        return self.call.targets[0] if len(self.call.targets) == 1 else None

    @property
    def units(self) -> int | None:
        """How many numbers the model puts out for one example."""
        return units(self.seen.output_shapes[0]) if len(self.seen.output_shapes) == 1 else None


def fitted(evidence: Evidence) -> Iterator[Fitted]:
    """Every trained model of Keras's own kinds that has one output and one loss, once per output layer.

    A network inside another makes the same mistake twice: the one compiled first is the one given.
    """
    told: set[tuple[int, str]] = set()
    for event in first_compiles(evidence):
        seen, call = evidence.models.get(event.model), used(evidence, event)
        if seen is None or call is None or event.line is None or len(event.losses) != 1:
            continue
        if seen.kind not in {"Sequential", "Functional"} or damaged(evidence, seen.model):
            continue
        key = (innermost(evidence, seen.model), event.losses[0])
        if len(seen.output_shapes) == 1 and key not in told:
            told.add(key)
            yield Fitted(event, call, seen, event.losses[0])


def activation(evidence: Evidence, one: Fitted) -> str | None:
    """The activation of the model's output; None where it is not known."""
    return output_activation(evidence, one.seen.model)


def output_at(evidence: Evidence, one: Fitted) -> int:
    """The line that decides the model's output, else that of its compile."""
    return output_line(evidence, innermost(evidence, one.seen.model)) or one.line


def last_weighted_at(evidence: Evidence, one: Fitted) -> int:
    """The line of the last layer that has units, which decides how many numbers come out."""
    place = model_place(evidence, innermost(evidence, one.seen.model))
    layers = [layer for layer in place.layers if layer.kind == "Dense"] if place else []
    return layers[-1].line if layers else output_at(evidence, one)


def row_size(array: ArraySummary) -> int | None:
    """How many numbers one row of an array has; None where a size is not known."""
    sizes = array.shape[1:]
    return math.prod(sizes) if array.shape and all(size >= 0 for size in sizes) else None


def whole_numbers(array: ArraySummary) -> bool:
    """Whether all values are known and are whole numbers, as labels are."""
    return array.distinct is not None and all(float(value).is_integer() for value in array.distinct)
