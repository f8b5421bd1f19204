"""What was measured, and the document that it makes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.measure.throughput.numbers import Spread, spread
from harness.measure.throughput.plan import Subject

EPOCH = 60_000  # images, over which the cost of compiling is spread in the report


@dataclass(frozen=True)
class Limit:
    """A device's limit: operations or bytes a second, of each round."""

    device: str
    rates: Sequence[float]

    @property
    def spread(self) -> Spread:
        return spread(self.rates)


@dataclass(frozen=True)
class Variant:
    """One way to train, measured at one batch size."""

    batch: int
    begun: Mapping[str, float]  # first, first_steps, step
    regions: Sequence[tuple[int, float]]  # steps and seconds of each timed region
    details: Mapping[str, Any]  # claims of the worker

    @property
    def steps(self) -> list[float]:
        """Seconds of a step, of each round."""
        return [seconds / steps for steps, seconds in self.regions]

    @property
    def rates(self) -> list[float]:
        """Images a second, of each round."""
        return [self.batch / step for step in self.steps]

    @property
    def compile_seconds(self) -> float:
        """The first call, less what its steps take once compiled."""
        return max(0.0, self.begun["first"] - self.begun["first_steps"] * spread(self.steps).median)

    def as_json(self) -> dict[str, Any]:
        seconds = spread(self.steps)
        return {
            "images_per_second": spread(self.rates).as_json(),
            "microseconds_per_step": {"median": seconds.median * 1e6, "iqr": seconds.iqr * 1e6},
            "first_step_seconds": self.begun["first"],
            "peak_memory_bytes": _whole(self.details.get("peak_memory")),
            "rounds": [{"steps": steps, "seconds": time} for steps, time in self.regions],
        }


@dataclass(frozen=True)
class Row:
    """One program at one batch size; ``rate`` is None where it could not be measured."""

    document: Mapping[str, Any]
    rate: float | None


def row(
    subject: Subject,
    batch: int,
    own: bool,
    found: Mapping[str, Variant | str],
    limits: Mapping[str, Limit] | None,
) -> Row:
    """The row of a program from what was measured of its variants, or why they were not."""
    corrected, way, reference = (found.get(name) for name in ("corrected", "article_way", "reference"))
    head = {
        "slug": subject.slug,
        "backend": subject.backend,
        "device": subject.device,
        "batch": batch,
        "own_batch": own,
    }
    others = {
        "article_way": _other(way)
        if way is None or isinstance(way, str)
        else {"title": subject.way.title if subject.way else "", **way.as_json()},
        "reference": _other(reference)
        if reference is None or isinstance(reference, str)
        else {**_how(reference.details), **reference.as_json()},
    }
    if not isinstance(corrected, Variant):
        nothing = dict.fromkeys(
            (
                "images_per_second",
                "ratio_to_reference",
                "ratio_to_article_way",
                "compile_seconds",
                "utilisation",
            )
        )
        return Row({**head, **nothing, **others, "error": corrected or "it was not measured"}, None)
    measured = {
        **corrected.as_json(),
        **others,
        "ratio_to_reference": _ratio(corrected, reference),
        "ratio_to_article_way": _ratio(corrected, way),
        "compile_seconds": corrected.compile_seconds,
        "steps_per_call": _whole(corrected.details.get("steps_per_call")) or 1,
        **_utilised(corrected, limits),
    }
    return Row({**head, **measured}, spread(corrected.rates).median)


def _other(found: str | None) -> dict[str, Any] | None:
    """A variant that there is not (None), or that failed."""
    return None if found is None else {"error": found, "images_per_second": None}


def _ratio(one: Variant, other: Variant | str | None) -> float | None:
    """How much faster ``one`` is: the median over rounds, in each of which both had their turn."""
    if not isinstance(other, Variant):
        return None
    return spread([b / a for a, b in zip(one.steps, other.steps, strict=False)]).median


def _how(details: Mapping[str, Any]) -> dict[str, Any]:
    """Which candidate was the fastest, with seconds a step of all."""
    candidates, left_out = details.get("candidates"), details.get("left_out")
    return {
        "chosen": str(details.get("chosen", ""))[:100],
        "candidates": {
            str(name)[:100]: float(value)
            for name, value in (candidates.items() if isinstance(candidates, dict) else ())
            if isinstance(value, int | float) and math.isfinite(value)
        },
        "left_out": {
            str(name)[:100]: str(why)[:300]
            for name, why in (left_out.items() if isinstance(left_out, dict) else ())
        },
    }


def _utilised(corrected: Variant, limits: Mapping[str, Limit] | None) -> dict[str, Any]:
    """How near to the device's limit a step comes: the time it needs at least, by what it takes."""
    cost = corrected.details.get("cost")
    flops, moved = (
        (_whole(cost.get(name)) for name in ("flops", "bytes")) if isinstance(cost, dict) else (0, 0)
    )
    if not limits or not flops or not moved:
        return {"utilisation": None, "flops_per_step": flops or None, "bytes_per_step": moved or None}
    at_least = max(flops / limits["matmul"].spread.median, moved / limits["copy"].spread.median)
    return {
        "utilisation": at_least / spread(corrected.steps).median,
        "flops_per_step": flops,
        "bytes_per_step": moved,
    }


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else None
