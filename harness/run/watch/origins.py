"""Where an array came from: the data set, a model, a random source, or nobody knows."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.model import ArraySummary
from harness.run.watch.arrays import (
    Array,
    distinct,
    extremes,
    grouped,
    marked,
    sample,
    shape_of,
    spreads,
    to_numpy,
    windows,
)
from harness.run.watch.prints import prints

_SAMPLED = 64  # rows of an array that are looked up
_REMEMBERED = 4  # outputs remembered of each model
_OUTPUT_BYTES = 32 * 2**20  # larger outputs are remembered by a part of their rows
_SHARE = 0.08  # share of rows from which on an origin is believed
_NOISE_NUMBERS = 64  # fewest numbers that can look like noise
_NOISE_SAMPLE = 4096


@dataclass
class _DataSet:
    name: str
    array: Array
    found: frozenset[int] | None = None  # prints of its rows, made at first need

    def prints(self) -> frozenset[int]:
        if self.found is None:
            self.found = frozenset(prints(self.array)) - {0}
        return self.found


@dataclass
class _Output:
    model: int
    value: Any
    found: frozenset[int] | None = None

    def prints(self) -> frozenset[int]:
        if self.found is None:
            array = to_numpy(self.value)
            self.found = frozenset(prints(array) if array is not None else ()) - {0}
        return self.found


class Origins:
    """Knows the data sets handed out and the latest outputs of the models."""

    def __init__(self) -> None:
        self._data_sets: list[_DataSet] = []
        self._outputs: dict[int, deque[_Output]] = {}

    def register(self, name: str, array: Array) -> None:
        """A data set that the program has been given; its rows are read only when needed."""
        self._data_sets.append(_DataSet(name, array))

    def produced(self, model: int, value: Any) -> None:
        """An array that a model has just put out; it is only held, not read."""
        if len(shape_of(value)) < 2:
            return
        if int(getattr(value, "nbytes", 0) or 0) > _OUTPUT_BYTES:
            array = to_numpy(value)
            value = None if array is None else sample(array).copy()
        held = self._outputs.setdefault(model, deque(maxlen=_REMEMBERED))
        if not held or held[-1].value is not value:
            held.append(_Output(model, value))

    def maker(self, value: Any) -> int | None:
        """The model whose remembered output an object is; only its identity is looked at."""
        for model, outputs in self._outputs.items():
            if any(output.value is value for output in outputs):
                return model
        return None

    def summarise(self, value: Any) -> ArraySummary:
        """All that is known of an array, its origin included."""
        summary = self.plain(value)
        array = to_numpy(value)
        if array is None:
            return summary
        return replace(summary, **self._origin(array, summary.low, summary.high))

    def rows(self, value: Any) -> list[tuple[int, str | int]]:
        """Of sampled rows that are recognised: their index, and "data-set" or the model's number."""
        return [(row, kind) for row, kind in self.sampled(value) if kind is not None]

    def sampled(self, value: Any) -> list[tuple[int, str | int | None]]:
        """Sampled rows: their index, and "data-set" or a model's number; None where neither is recognised."""
        array = to_numpy(value)
        if array is None or array.ndim < 2 or len(array) == 0:
            return []
        index = np.linspace(0, len(array) - 1, min(_SAMPLED, len(array))).astype(np.int64)
        own = prints(array[index])
        turned = prints(array[index], inverted=True)
        size = array[0].size
        fitting = [data for data in self._data_sets if data.array.ndim > 1 and data.array[0].size == size]
        known: list[tuple[str | int, frozenset[int]]] = [("data-set", data.prints()) for data in fitting]
        for model, outputs in self._outputs.items():
            known.extend((model, output.prints()) for output in outputs if _same_size(output, array))
        found: list[tuple[int, str | int | None]] = []
        for row, straight, inverted in zip(index, own, turned or own, strict=True):
            kind = next((kind for kind, prints_ in known if straight in prints_ or inverted in prints_), None)
            found.append((int(row), kind))
        return found

    def plain(self, value: Any) -> ArraySummary:
        """What an array is in itself, without its origin."""
        array = to_numpy(value)
        if array is None:
            return ArraySummary(shape_of(value), _dtype(value), None, None, None)
        low, high, finite = extremes(array)
        shape = tuple(int(size) for size in array.shape)
        values = distinct(array)
        return ArraySummary(
            shape,
            array.dtype.name,
            low,
            high,
            values,
            finite,
            grouped=grouped(array),
            marked=marked(array) if values == (0.0, 1.0) else None,
            windows=windows(array),
            spreads=spreads(array),
        )

    def _origin(self, array: Array, low: float | None, high: float | None) -> dict[str, Any]:
        if low is None or high is None:
            return {"origin": "unknown"}
        if low == high:
            return {"origin": "constant"}
        rows = sample(array, _SAMPLED) if array.ndim > 1 else array
        data_set, share = self._share_of_data(rows)
        model, model_share = self._share_of_outputs(rows)
        if data_set is not None and share >= max(model_share, _SHARE):
            both = model if model_share >= _SHARE else None
            return {"origin": "data-set", "data_set": data_set, "fraction": share, "origin_model": both}
        if model is not None and model_share >= _SHARE:
            both_set = data_set if share >= _SHARE else None
            return {"origin": "model", "origin_model": model, "fraction": model_share, "data_set": both_set}
        return {"origin": "random" if looks_random(array) else "unknown"}

    def _share_of_data(self, rows: Array) -> tuple[str | None, float]:
        best: tuple[str | None, float] = (None, 0.0)
        straight = inverted = None
        size = rows[0].size if rows.ndim > 1 and len(rows) else 0
        for data_set in self._data_sets:
            if data_set.array.ndim < 2 or data_set.array[0].size != size:
                continue
            straight = prints(rows) if straight is None else straight
            inverted = prints(rows, inverted=True) if inverted is None else inverted
            share = _share(data_set.prints(), straight, inverted)
            if share > best[1]:
                best = (data_set.name, share)
        return best

    def _share_of_outputs(self, rows: Array) -> tuple[int | None, float]:
        best: tuple[int | None, float] = (None, 0.0)
        straight: list[int] | None = None
        inverted: list[int] | None = None
        for model, outputs in self._outputs.items():
            for output in outputs:
                if not _same_size(output, rows):
                    continue
                if straight is None or inverted is None:
                    straight, inverted = prints(rows), prints(rows, inverted=True)
                share = _share(output.prints(), straight, inverted)
                if share > best[1]:
                    best = (model, share)
        return best


def _same_size(output: _Output, rows: Array) -> bool:
    if rows.ndim < 2 or len(rows) == 0:
        return False
    shape = shape_of(output.value)
    return bool(np.prod(shape[1:]) == rows[0].size)


def _share(known: frozenset[int], straight: list[int], inverted: list[int]) -> float:
    if not straight:
        return 0.0
    hits = sum(print_ in known for print_ in straight)
    turned = sum(print_ in known for print_ in inverted)
    return max(hits, turned) / len(straight)


def _dtype(value: Any) -> str:
    dtype = getattr(value, "dtype", None)
    return str(getattr(dtype, "name", dtype)).removeprefix("torch.") if dtype is not None else "unknown"


def looks_random(array: Array) -> bool:
    """Whether the numbers look independent and normally or uniformly distributed.

    A Kolmogorov-Smirnov distance against both, at a level of about one in a thousand, and no
    correlation of neighbours or of rows.
    """
    if array.dtype.kind != "f" or array.size < _NOISE_NUMBERS:
        return False
    flat = array.reshape(-1)[:_NOISE_SAMPLE].astype(np.float64)
    if not np.isfinite(flat).all():
        return False
    ordered = np.sort(flat)
    n = len(flat)
    if np.count_nonzero(np.diff(ordered)) < 0.98 * (n - 1):
        return False
    spread = flat.std()
    if spread == 0:
        return False
    bound = 1.95 / np.sqrt(n)
    steps = np.arange(1, n + 1) / n
    uniform = (ordered - ordered[0]) / (ordered[-1] - ordered[0])
    normal = _normal_cdf((ordered - flat.mean()) / spread)
    if min(_distance(steps, uniform), _distance(steps, normal)) > bound:
        return False
    lags = {1, int(array.shape[-1])} if array.ndim > 1 else {1}
    return all(_correlation(flat, lag) < 4.5 / np.sqrt(n) for lag in lags if lag < n // 2)


def _distance(steps: Array, cdf: Array) -> float:
    n = len(steps)
    return float(max((steps - cdf).max(), (cdf - steps + 1 / n).max()))


def _correlation(flat: Array, lag: int) -> float:
    centred = flat - flat.mean()
    return float(abs((centred[lag:] * centred[:-lag]).mean()) / centred.var())


def _normal_cdf(z: Array) -> Array:
    # Abramowitz and Stegun 7.1.26: far closer than the test needs.
    x = np.abs(z) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * x)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = 1 - poly * np.exp(-x * x)
    cdf: Array = 0.5 * (1 + np.sign(z) * erf)
    return cdf
