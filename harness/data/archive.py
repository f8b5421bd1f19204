"""Reading an MNIST archive: an ``.npz`` file as Keras publishes it, or a smaller one."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.data.errors import DataError

Array = npt.NDArray[np.uint8]

#: What ``load_data()`` is documented to return.
FULL_SHAPES: dict[str, tuple[int, ...]] = {
    "x_train": (60000, 28, 28),
    "y_train": (60000,),
    "x_test": (10000, 28, 28),
    "y_test": (10000,),
}

#: What zipfile and NumPy raise for a file that is damaged, encrypted, compressed in an unknown way or no zip.
_UNREADABLE = (
    OSError,
    ValueError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
)


def shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Shapes of the four arrays, read from their headers only.

    Raises DataError where ``path`` is no MNIST archive: missing, not an ``.npz``, an array missing,
    of another shape or not uint8.  Fewer images than the full 60,000/10,000 are allowed.
    """
    headers = _headers(path)
    missing = [name for name in FULL_SHAPES if name not in headers]
    if missing:
        raise DataError(
            f"{path}: found arrays {_list(headers)}, expected {_list(FULL_SHAPES)}; "
            "give an archive such as keras.datasets.mnist publishes"
        )
    for name, full in FULL_SHAPES.items():
        shape, dtype = headers[name]
        if dtype != np.uint8:
            raise DataError(
                f"{path}: {name} has dtype {dtype}, expected uint8 (pixel values 0 to 255, digits)"
            )
        if len(shape) != len(full) or shape[1:] != full[1:] or not 0 < shape[0] <= full[0]:
            wanted = ", ".join(["n", *map(str, full[1:])]) + ("," if len(full) == 1 else "")
            raise DataError(
                f"{path}: {name} has shape {shape}, expected ({wanted}) with n from 1 to {full[0]}"
            )
    for part in ("train", "test"):
        images, labels = headers[f"x_{part}"][0][0], headers[f"y_{part}"][0][0]
        if images != labels:
            raise DataError(
                f"{path}: x_{part} has {images} images but y_{part} {labels} labels, expected as many"
            )
    return {name: headers[name][0] for name in FULL_SHAPES}


def read(path: Path) -> dict[str, Array]:
    """The four arrays of an archive that passes ``shapes``, labels checked to be digits."""
    shapes(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: np.asarray(archive[name], np.uint8) for name in FULL_SHAPES}
    except _UNREADABLE as error:
        raise DataError(f"{path}: a damaged .npz archive ({error}); fetch or copy it again") from error
    for name in ("y_train", "y_test"):
        if arrays[name].max() > 9:
            raise DataError(f"{path}: {name} holds the label {arrays[name].max()}, expected digits 0 to 9")
    return arrays


def _headers(path: Path) -> dict[str, tuple[tuple[int, ...], np.dtype[np.generic]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            return {name.removesuffix(".npy"): _header(archive, name) for name in names}
    except FileNotFoundError as error:
        raise DataError(
            f"{path}: no such file; expected an .npz archive with {_list(FULL_SHAPES)}"
        ) from error
    except _UNREADABLE as error:
        raise DataError(
            f"{path}: not an .npz archive ({error}); expected one with {_list(FULL_SHAPES)}"
        ) from error


def _header(archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        reader = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = reader(file)
    return tuple(shape), dtype


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
