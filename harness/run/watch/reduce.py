"""Batches too large for a review run on their first rows; predictions are repeated to full length."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from harness.run.watch.arrays import is_concrete, parts, rows_of

_FED = ("x", "y", "sample_weight")
_WHOLE = frozenset({"train_on_batch", "test_on_batch", "predict_on_batch"})


def reduce_batch(api: str, bound: inspect.BoundArguments, limit: int) -> int | None:
    """Cut the arguments of a call whose one batch has more than ``limit`` rows.

    Returns the number of rows that were given, or None where nothing was cut.
    """
    x = bound.arguments.get("x")
    if x is None or not all(is_concrete(part) for part in parts(x)):
        return None
    rows = rows_of(x)
    size = rows if api in _WHOLE else bound.arguments.get("batch_size")
    if rows is None or not isinstance(size, int) or min(size, rows) <= limit:
        return None
    for name in _FED:
        if bound.arguments.get(name) is not None:
            bound.arguments[name] = _first(bound.arguments[name], rows, limit)
    if "batch_size" in bound.arguments:
        bound.arguments["batch_size"] = limit
    return rows


def _first(value: Any, rows: int, limit: int) -> Any:
    if isinstance(value, dict):
        return {name: _first(item, rows, limit) for name, item in value.items()}
    if isinstance(value, list | tuple) and parts(value) != (value,):
        return type(value)(_first(item, rows, limit) for item in value)
    return value[:limit] if rows_of(value) == rows else value


def restore_rows(result: Any, rows: int) -> Any:
    """A prediction of fewer rows, repeated to the length that the program expects."""
    if isinstance(result, dict):
        return {name: restore_rows(item, rows) for name, item in result.items()}
    if isinstance(result, list | tuple):
        return type(result)(restore_rows(item, rows) for item in result)
    if isinstance(result, np.ndarray) and result.ndim and len(result):
        return result[np.arange(rows) % len(result)]
    return result
