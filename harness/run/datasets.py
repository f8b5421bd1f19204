"""Answers Keras's built-in data sets from the project's store: inside a run there is no network."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.model import DataLoaded, NetworkTried
from harness.run.execution import Emit

_KEPT = "mnist"
_MODULES = (
    "boston_housing",
    "california_housing",
    "cifar",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
)


class DataSetUnavailableError(OSError):
    """An article asked for a data set that only the network has."""


def answer(
    archive: Path, repeated_from: int | None, emit: Emit, register: Callable[[str, Any], None]
) -> None:
    """Let ``keras.datasets.*.load_data()`` read from ``archive`` (MNIST, ``.npz``) or fail plainly.

    Keras's own ``load_data`` runs unchanged; only the download behind it is answered.
    ``register`` is told of each array that the program can get, by name and before it gets it.
    """
    for name in _MODULES:
        try:
            module = importlib.import_module(f"keras.src.datasets.{name}")
        except ImportError:
            continue
        if hasattr(module, "get_file"):
            answered = name == _KEPT
            get_file = _kept(archive, repeated_from, emit, register) if answered else _absent(name, emit)
            vars(module)["get_file"] = get_file


def _kept(
    archive: Path, repeated_from: int | None, emit: Emit, register: Callable[[str, Any], None]
) -> Callable[..., str]:
    def get_file(*arguments: object, **options: object) -> str:
        import numpy as np

        with np.load(archive, allow_pickle=False) as arrays:
            kept = {key: arrays[key] for key in ("x_train", "y_train", "x_test", "y_test")}
        emit(
            DataLoaded,
            name=_KEPT,
            shapes=tuple(array.shape for array in kept.values()),
            repeated_from=repeated_from,
        )
        for key in ("x_train", "x_test"):
            register(f"{_KEPT}.{key}", kept[key])
        return str(archive)

    return get_file


def _absent(name: str, emit: Emit) -> Callable[..., str]:
    def get_file(*arguments: object, **options: object) -> str:
        emit(NetworkTried, what=f"keras.datasets.{name}.load_data()")
        raise DataSetUnavailableError(
            f"keras.datasets.{name}.load_data() needs the network, and a review has none"
        )

    return get_file
