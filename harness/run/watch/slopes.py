"""Where the gradients that an eager tape takes of a loss drive verdicts: up, or down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.run.watch.arrays import Array, to_numpy

#: Where all losses between 0 and 1, and all over logits, have a slope.
MIDDLE = 0.5
_SAME = 1e-7  # verdicts that differ by less, relative to their size, are one verdict


class Slopes:
    """The gradients of a loss for a verdict, and for what a sigmoid squashed to it."""

    def __init__(self, verdict: Any, taken: Sequence[Any]) -> None:
        arrays = [None if gradient is None else to_numpy(gradient) for gradient in taken]
        self._all = [array for array in arrays if array is not None]
        values = to_numpy(verdict)
        alone = len(self._all) == 1 and arrays[0] is not None  # no logits have a part in it
        fitting = alone and values is not None and values.shape == self._all[0].shape
        # A square falls towards its label from both sides: below both labels all verdicts are driven up.
        beyond = fitting and values is not None and (values.min() < 0 or values.max() > 1)
        self._values = values if beyond else None

    def pushed(self, rows: Sequence[int] | None = None) -> str | None:
        """Where some rows, or all, are driven; None where the loss does not care, or nobody can tell."""
        arrays = [array if rows is None else array[list(rows)] for array in self._all]
        total = sum(float(np.sum(array, dtype=np.float64)) for array in arrays)
        if total == 0 or not np.isfinite(total):
            return None
        if self._values is not None:
            total = _in_the_middle(self._values if rows is None else self._values[list(rows)], arrays[0])
        return None if total == 0 or not np.isfinite(total) else "down" if total > 0 else "up"


def _in_the_middle(values: Array, slopes: Array) -> float:
    """What the slope would be between the labels 0 and 1, by the line through the slopes at some verdicts.

    For squares this is exact; what crossentropies of logits, hinges and means have there keeps its sign.
    """
    x, y = values.astype(np.float64).ravel(), slopes.astype(np.float64).ravel()
    spread = float(np.var(x))
    if spread <= _SAME * float(np.mean(x) ** 2):
        return 0.0  # one verdict says nothing about where the slope leads
    rise = float(np.mean((x - x.mean()) * (y - y.mean()))) / spread
    return float(y.mean() + rise * (MIDDLE - x.mean()))
