"""What is fed to a model: reading arrays of any framework without changing or moving them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_SAMPLED_ROWS = 256
_WHOLE_BYTES = 256 * 2**20  # arrays up to this size are searched whole for their extremes
_DISTINCT = 10
_LABELS = 20  # fewer rows say nothing of their order
_CLASSES = 100
_TWINS = 50  # rows that do not all hold the same number in two places by chance
_LONGEST_ROW = 10_000
_IN_A_CLASS = 5  # rows of a class on average; values that hardly repeat are no labels


def is_concrete(value: object) -> bool:
    """Whether a value is an array or tensor with numbers in it (not symbolic, not a data set)."""
    if isinstance(value, np.ndarray | np.generic | int | float):
        return True
    if isinstance(value, list | tuple):
        return bool(value)
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    if module == "tensorflow":
        return hasattr(kind, "numpy") and hasattr(value, "_numpy_internal")
    if module in {"jaxlib", "jax"}:
        return kind.__name__ == "ArrayImpl"
    if module == "torch":
        return kind.__name__ in {"Tensor", "Parameter"}
    return module == "pandas" and hasattr(value, "to_numpy")


def to_numpy(value: Any) -> Array | None:
    """The numbers of an array, tensor, table or list; None where there are none to be had.

    The result may share memory with the value: it must never be written to.
    """
    if isinstance(value, np.ndarray):
        return value
    if not is_concrete(value):
        return None
    try:
        if type(value).__module__.partition(".")[0] == "torch":
            value = value.detach().cpu().numpy()
        elif type(value).__module__.partition(".")[0] == "tensorflow":
            return np.asarray(memoryview(value)) if len(value.shape) else np.asarray(value.numpy())
        return np.asarray(value)
    except (ValueError, TypeError, RuntimeError, AttributeError, NotImplementedError):
        return None


def parts(value: Any) -> tuple[Any, ...]:
    """The arrays of a structure: a list or tuple of arrays and a mapping hold several, else one."""
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return tuple(array for item in value.values() for array in parts(item))
    if isinstance(value, list | tuple) and value and _has_rows(value[0]):
        return tuple(array for item in value for array in parts(item))
    return (value,)


def _has_rows(value: object) -> bool:
    if isinstance(value, list | tuple | Mapping):
        return bool(value) and not isinstance(value, Mapping) and _has_rows(value[0])
    return bool(getattr(value, "shape", ()))


def rows_of(value: Any) -> int | None:
    """Number of rows of the first array of a structure."""
    for part in parts(value):
        shape = getattr(part, "shape", None)
        if shape is not None and len(shape) > 0:
            return None if shape[0] is None else int(shape[0])
        if isinstance(part, list | tuple):
            return len(part)
    return None


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of anything that has one; unknown dimensions are -1."""
    shape = getattr(value, "shape", None)
    if shape is None:
        return ()
    try:
        return tuple(-1 if size is None else int(size) for size in shape)
    except (TypeError, ValueError):
        return ()


def sample(array: Array, rows: int = _SAMPLED_ROWS) -> Array:
    """At most ``rows`` of an array's rows, evenly spaced over all of them."""
    if array.ndim == 0 or len(array) <= rows:
        return array
    return array[np.linspace(0, len(array) - 1, rows).astype(np.int64)]


def extremes(array: Array) -> tuple[float | None, float | None, bool]:
    """Smallest and largest finite value, and whether all values are finite."""
    if array.size == 0 or array.dtype.kind not in "buif":
        return None, None, True
    if array.nbytes > _WHOLE_BYTES:
        array = sample(array)
    low, high = array.min(), array.max()
    if np.isfinite(low) and np.isfinite(high):
        return float(low), float(high), True
    finite = array[np.isfinite(array)]
    if finite.size == 0:
        return None, None, False
    return float(finite.min()), float(finite.max()), False


def distinct(array: Array) -> tuple[float, ...] | None:
    """All values of an array in order where there are at most ten, else None."""
    if array.size == 0 or array.dtype.kind not in "buif":
        return None
    for part in (array.reshape(-1)[:4096], sample(array), array):
        if part.nbytes > _WHOLE_BYTES:
            return None
        values = np.unique(part)
        values = values[np.isfinite(values)]
        if len(values) > _DISTINCT:
            return None
    return tuple(float(value) for value in values)


def grouped(array: Array) -> bool:
    """Whether the rows are labels, plain or one-hot, and those of each class lie together."""
    rows = len(array) if array.ndim else 0
    if rows < _LABELS or array.dtype.kind not in "buif" or array.nbytes > _WHOLE_BYTES:
        return False
    if array.size == rows:
        labels = array.reshape(rows)
    elif array.ndim == 2 and array.shape[1] <= _CLASSES and _is_one_hot(array):
        labels = array.argmax(axis=1)
    else:
        return False
    classes = len(np.unique(labels))
    runs = 1 + int(np.count_nonzero(labels[1:] != labels[:-1]))
    return runs == classes and 2 <= classes <= min(_CLASSES, rows // _IN_A_CLASS)


def marked(array: Array) -> tuple[int, int] | None:
    """The fewest and the most ones in a row, of a table of zeros and ones; None of anything else."""
    if (
        array.ndim != 2
        or not len(array)
        or not 2 <= array.shape[1] <= _CLASSES
        or array.dtype.kind not in "buif"
    ):
        return None
    if array.nbytes > _WHOLE_BYTES or not ((array == 0) | (array == 1)).all():
        return None
    counts = np.count_nonzero(array, axis=1)
    return int(counts.min()), int(counts.max())


def windows(array: Array) -> bool:
    """Whether the rows are overlapping windows of one series, each a step further than the one before it."""
    if not 2 <= array.ndim <= 3 or array.shape[1] < 3 or len(array) < _TWINS or array.dtype.kind not in "iuf":
        return False
    first = array[:_TWINS]
    return bool(np.array_equal(first[1:, :-1], first[:-1, 1:])) and not bool((first == first[0]).all())


def spreads(array: Array) -> tuple[float, float] | None:
    """How much half of a table's columns vary at most, and the one that varies most; constants left out.

    Of pixels in a table some hardly vary, at its edges, and say nothing of the others.
    """
    if array.ndim != 2 or len(array) < _LABELS or not 2 <= array.shape[1] <= _CLASSES:
        return None
    if array.dtype.kind not in "iuf" or array.nbytes > _WHOLE_BYTES:
        return None
    rows = sample(array).astype(np.float64)
    if not np.isfinite(rows).all():
        return None
    vary = np.sort(rows.std(axis=0)[rows.min(axis=0) != rows.max(axis=0)])
    return (float(vary[(len(vary) - 1) // 2]), float(vary[-1])) if len(vary) > 1 else None


def among(inputs: Array, targets: Array) -> int | None:
    """The place in a row of the inputs at which all rows hold their target; None where there is none.

    Targets that are alike in nearly all rows may be found anywhere by chance, and are not looked for.
    """
    rows = len(inputs) if inputs.ndim > 1 else 0
    if rows < _TWINS or targets.size != rows or len(targets) != rows or inputs.nbytes > _WHOLE_BYTES:
        return None
    if inputs.dtype.kind not in "buif" or targets.dtype.kind not in "buif":
        return None
    table, column = inputs.reshape(rows, -1), targets.reshape(rows, 1)
    if not 1 < table.shape[1] <= _LONGEST_ROW or np.unique(column, return_counts=True)[1].max() > 0.95 * rows:
        return None
    first = np.isclose(table[:_TWINS], column[:_TWINS], rtol=1e-6, atol=0).all(axis=0)
    for place in np.flatnonzero(first):
        if np.isclose(table[:, place], column[:, 0], rtol=1e-6, atol=0).all():
            return int(place)
    return _scaled_among(table, column[:, 0])


def _scaled_among(table: Array, labels: Array) -> int | None:
    """The column that holds three classes or more in order, whatever a scaler made of their numbers."""
    classes, which = np.unique(labels, return_inverse=True)
    if not 3 <= len(classes) <= _DISTINCT:
        return None
    values = table[[int(np.argmax(which == index)) for index in range(len(classes))]].astype(np.float64)
    steps = np.diff(values, axis=0) / np.diff(classes.astype(np.float64))[:, None]
    for place in np.flatnonzero((steps[0] != 0) & np.isclose(steps, steps[0], rtol=1e-4, atol=0).all(axis=0)):
        near = 1e-5 * abs(steps[0, place])
        if np.allclose(table[:, place], values[which, place], rtol=1e-6, atol=near):
            return int(place)
    return None


def _is_one_hot(array: Array) -> bool:
    return bool((array.max(axis=1) == 1).all() and (np.count_nonzero(array, axis=1) == 1).all())
