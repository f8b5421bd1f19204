"""Laying values out in a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Decades:
    """A logarithmic axis over whole decades, between two places of the picture."""

    low: int  # powers of ten
    high: int
    start: float
    end: float

    def place(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def decades(low: float, high: float, start: float, end: float) -> Decades:
    """The decades that hold these values, one at least."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return Decades(first, max(last, first + 1), start, end)


def in_words(value: float, unit: str) -> str:
    """A power of ten with its prefix: 10 G, 1 k."""
    for power, prefix in ((12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if value >= 10.0**power * 0.999:
            return f"{value / 10.0**power:g} {prefix}{unit}"
    return f"{value:g} {unit}".strip()
