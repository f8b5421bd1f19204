"""Where MNIST comes from: a file that was named, the Keras cache, a fetched copy, or the embedded images."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.data.archive import FULL_SHAPES, Array, read, shapes
from harness.data.embedded import embedded_mnist
from harness.data.errors import DataError
from harness.data.places import full_copies


@dataclass(frozen=True)
class Mnist:
    """MNIST with its documented shapes: images (60000, 28, 28) and (10000, 28, 28), labels (60000,)
    and (10000,), all uint8."""

    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array
    source: Path
    repeated_from: int | None  # different images in the file where they were repeated to full length
    note: str | None = None  # the same in words


def find_mnist(path: Path | None = None) -> Path:
    """The archive to use: ``path``, ``ERRATA_MNIST``, the Keras cache (read only, and only if it is the
    full set), the copy made by ``fetch_mnist``, otherwise the embedded images.

    Raises DataError where ``path`` or ``ERRATA_MNIST`` names no usable archive.
    """
    if path is not None:
        shapes(path)
        return path
    if named := os.environ.get("ERRATA_MNIST"):
        try:
            shapes(Path(named))
        except DataError as error:
            raise DataError(f"ERRATA_MNIST: {error}") from error
        return Path(named)
    for full in full_copies():
        if _is_full(full):
            return full
    return embedded_mnist()


def load_mnist(path: Path | None = None) -> Mnist:
    """MNIST from ``find_mnist(path)`` at full length: where the file has fewer images, they are repeated
    in order (image ``i`` is image ``i mod n`` of the file) and ``note`` says so."""
    source = find_mnist(path)
    arrays = read(source)
    found = {name: len(array) for name, array in arrays.items()}
    full = {name: _repeat(array, FULL_SHAPES[name][0]) for name, array in arrays.items()}
    repeated, note = None, None
    if any(found[name] < FULL_SHAPES[name][0] for name in found):
        repeated = found["x_train"] + found["x_test"]
        note = (
            f"MNIST is a subset: {found['x_train']:,} different training images repeated to 60,000 "
            f"and {found['x_test']:,} test images repeated to 10,000"
        )
    return Mnist(**full, source=source, repeated_from=repeated, note=note)


def _repeat(array: Array, length: int) -> Array:
    return array if len(array) == length else array[np.arange(length) % len(array)]


def _is_full(path: Path) -> bool:
    try:
        return shapes(path) == FULL_SHAPES
    except DataError:
        return False
