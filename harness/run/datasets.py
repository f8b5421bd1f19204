"""Answers Keras's built-in data sets from the project's store: inside a run there is no network.

MNIST is the real one; the others are made up to the documented shapes (``harness.run.standins``).
So is the one that tutorials most often fetch with scikit-learn: the houses of California.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.model import DataLoaded, NetworkTried
from harness.run import standins
from harness.run.execution import Emit

#: The module of scikit-learn that ``answer_sklearn`` takes.
HOUSES = "sklearn.datasets._california_housing"
_REAL = "mnist"
_NAMES = (
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
)
_PARTS = ("x_train", "y_train", "x_test", "y_test")
Register = Callable[[str, Any], None]
GetFile = Callable[..., str]


class DataSetUnavailableError(OSError):
    """An article asked for a data set that only the network has."""


def answer(
    archive: Path, repeated_from: int | None, emit: Emit, register: Register, package: str = "keras"
) -> None:
    """Let ``keras.datasets.*.load_data()`` read from ``archive`` (MNIST, ``.npz``) or from stand-ins.

    Keras's own ``load_data`` runs unchanged; only the download behind it is answered.
    ``register`` is told of each array that the program can get, by name and before it gets it.
    ``package`` is the Keras whose data sets they are.
    """
    answers = _Answers(archive, repeated_from, emit, register)
    for name in _NAMES:
        try:
            module = importlib.import_module(f"{package}.src.datasets.{name}")
        except ImportError:
            continue
        if hasattr(module, "get_file"):
            answers.put(module, name)


def answer_sklearn(module: ModuleType, emit: Emit) -> None:
    """Let ``fetch_california_housing()`` read a stand-in: ``module`` is the one that it is defined in.

    Scikit-learn's own function runs unchanged; only the download behind it is answered.
    """
    if not hasattr(module, "_fetch_remote"):
        return

    def fetch_remote(*arguments: object, **options: object) -> str:
        path = Path(tempfile.mkdtemp(prefix="datasets-")) / "cal_housing.tgz"
        rows, columns = standins.write_california_archive(path)
        shapes = ((rows, columns - 1), (rows,))
        emit(DataLoaded, name="california_housing", shapes=shapes, repeated_from=None, made_up=True)
        return str(path)

    vars(module)["_fetch_remote"] = fetch_remote


class _Answers:
    """The files behind the data sets, made when they are first asked for."""

    def __init__(self, archive: Path, repeated_from: int | None, emit: Emit, register: Register) -> None:
        self._archive = archive
        self._repeated_from = repeated_from
        self._emit = emit
        self._register = register
        self._mnist = cache(self._read)
        self._cifar = cache(lambda: standins.cifar(self._mnist()))
        self._folder = cache(lambda: Path(tempfile.mkdtemp(prefix="datasets-")))

    def put(self, module: ModuleType, name: str) -> None:
        """Answer one data set's downloads."""
        makers: dict[str, GetFile] = {
            _REAL: self._real,
            "fashion_mnist": self._fashion,
            "cifar10": self._cifar_folder(name),
            "cifar100": self._cifar_folder(name),
        }
        vars(module)["get_file"] = makers[name] if name in makers else self._npz(name)
        if name.startswith("cifar"):
            vars(module)["load_batch"] = self._batch

    def _read(self) -> standins.Arrays:
        import numpy as np

        with np.load(self._archive, allow_pickle=False) as arrays:
            return {key: arrays[key] for key in _PARTS}

    def _loaded(self, name: str, arrays: standins.Arrays) -> None:
        real = name == _REAL
        shapes = [arrays[key].shape for key in _PARTS if key in arrays]
        self._emit(
            DataLoaded,
            name=name,
            shapes=tuple(shapes or (array.shape for array in arrays.values())),
            repeated_from=self._repeated_from if real else None,
            made_up=not real,
        )
        for key, array in arrays.items():
            if key.startswith("x") and array.dtype != object:
                self._register(f"{name}.{key}", array)

    def _real(self, *arguments: object, **options: object) -> str:
        # Read anew each time: the program may change what it was given.
        self._loaded(_REAL, self._read())
        return str(self._archive)

    def _fashion(self, fname: str, *arguments: object, **options: object) -> str:
        path = self._folder() / fname
        if fname.startswith("train-labels"):  # the first of four files
            arrays = standins.fashion_mnist(self._mnist())
            self._loaded("fashion_mnist", arrays)
            names = ("train-labels-idx1", "train-images-idx3", "t10k-labels-idx1", "t10k-images-idx3")
            for file, key in zip(names, ("y_train", "x_train", "y_test", "x_test"), strict=True):
                standins.write_idx(self._folder() / f"{file}-ubyte.gz", arrays[key])
        return str(path)

    def _cifar_folder(self, name: str) -> GetFile:
        def get_file(*arguments: object, **options: object) -> str:
            images = self._cifar()
            parts = {key: images[key][:, None] if key.startswith("y") else images[key] for key in _PARTS}
            self._loaded(name, parts)
            return str(self._folder() / name)

        return get_file

    def _batch(self, path: str, label_key: str = "labels") -> Any:
        return standins.cifar_batch(self._cifar(), path, label_key)

    def _npz(self, name: str) -> GetFile:
        def get_file(fname: str, *arguments: object, **options: object) -> str:
            path = self._folder() / Path(fname).name
            if fname.endswith("word_index.json"):
                standins.write_json(path, standins.word_index(standins.WORDS[name]))
            elif fname.endswith(".npz") or name not in standins.WORDS:
                arrays = standins.NPZ[name]()
                self._loaded(name, arrays)
                path = path.with_suffix(".npz")
                standins.write_npz(path, arrays)
            else:
                self._emit(NetworkTried, what=f"keras.datasets.{name} {fname}")
                raise DataSetUnavailableError(f"{fname} needs the network, and a review has none")
            return str(path)

        return get_file
