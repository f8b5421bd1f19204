"""Prints of rows: the same row is recognised after scaling, shifting, inversion and reshaping.

A print is a hash of the mask "brighter than a fixed share of the row's own range".  Any affine map
with a positive factor leaves the mask as it is, so arrays scaled to [0, 1] or [-1, 1], cast, shuffled,
reshaped or given a channel axis keep their prints.  Short rows (points, tables) have too few bits
for that; they are printed by their values, and only exact copies are recognised.
"""

from __future__ import annotations

import numpy as np

from harness.run.watch.arrays import Array

_SHORT = 64  # rows with fewer numbers are printed by value
_SHARE = 0.4871  # of the range; no whole pixel value of an image lies there


def prints(array: Array, *, inverted: bool = False) -> list[int]:
    """One print per row; constant and non-finite rows, which look like any other, get 0.

    ``inverted`` gives the prints that the rows had before their sign was turned.
    """
    if array.ndim < 2 or array.dtype.kind not in "buif" or len(array) == 0:
        return []
    rows = np.ascontiguousarray(array).reshape(len(array), -1)
    if rows.shape[1] < _SHORT:
        return [] if inverted else _by_value(rows)
    if rows.dtype.kind == "b":
        rows = rows.view(np.uint8)
    found: list[int] = []
    for start in range(0, len(rows), 4096):
        found.extend(_by_mask(rows[start : start + 4096], inverted))
    return found


def _by_mask(rows: Array, inverted: bool) -> list[int]:
    low, high = rows.min(axis=1), rows.max(axis=1)
    usable = (high > low) & np.isfinite(low) & np.isfinite(high)
    low, span = low.astype(np.float64), high.astype(np.float64) - low.astype(np.float64)
    threshold = low + (1 - _SHARE if inverted else _SHARE) * np.where(usable, span, 0)
    if rows.dtype.kind in "ui":
        # The same comparison in whole numbers, many times faster on bytes.
        mask = rows > np.floor(threshold).astype(rows.dtype)[:, None]
    else:
        mask = rows > threshold.astype(rows.dtype)[:, None]
    packed = np.packbits(~mask if inverted else mask, axis=1)
    return [hash(row.tobytes()) if known else 0 for row, known in zip(packed, usable, strict=True)]


def _by_value(rows: Array) -> list[int]:
    values = rows.astype(np.float32)
    return [hash(row.tobytes()) if np.isfinite(row).all() else 0 for row in values]
