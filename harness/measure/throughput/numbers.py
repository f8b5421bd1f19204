"""Medians, quartiles and the rank test: what figures and comparisons are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """Median and interquartile range of some rounds."""

    median: float
    iqr: float

    @property
    def noise(self) -> float:
        """The interquartile range as a share of the median."""
        return self.iqr / self.median if self.median else 0.0

    def as_json(self) -> dict[str, float]:
        return {"median": self.median, "iqr": self.iqr}


def spread(values: Sequence[float]) -> Spread:
    """Of one value or more."""
    low, middle, high = np.quantile(np.asarray(values, np.float64), (0.25, 0.5, 0.75))
    return Spread(float(middle), float(high - low))


def differ(one: Sequence[float], other: Sequence[float]) -> float:
    """Probability of ranks as different as these, were both drawn from one distribution.

    Mann and Whitney 1947, two-sided; exact for the few rounds of a run.
    """
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(one, other, alternative="two-sided").pvalue)
