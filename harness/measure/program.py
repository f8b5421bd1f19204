"""A program that defines ``generator`` and ``discriminator``: loaded and checked.

Programs run here as they are, without confinement: this is for programs of one's own.  At module level
they define ``generator``, ``discriminator`` and perhaps a compiled ``gan`` whose ``fit(real)`` trains
both; training goes under ``if __name__ == "__main__":``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import runpy
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from harness.data import Mnist, load_mnist
from harness.measure.pair import Pair, known_shape, value_range

#: Images of MNIST that a pair has beside it.
_REAL = 1000
_MNIST_MODULES = ("keras.datasets.mnist", "keras.src.datasets.mnist", "keras._tf_keras.keras.datasets.mnist")


class ProgramError(Exception):
    """A program cannot be measured: the message says what was found and what was expected."""


def load(path: Path, data: Path, *, seed: int = 0, main: bool = False) -> Mapping[str, Any]:
    """The names that a program defines, with ``load_data`` of MNIST answered from the archive ``data``.

    ``main`` runs its training too.  Its output goes to stderr, its files to a temporary folder.
    Raises ProgramError where it is missing or fails.
    """
    if not path.is_file():
        raise ProgramError(f"{path}: no such file; expected a Python program")
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)
    with _mnist_from(load_mnist(data)), _elsewhere(), contextlib.redirect_stdout(sys.stderr):
        try:
            return runpy.run_path(str(path), run_name="__main__" if main else "program")
        except (Exception, SystemExit) as error:  # whatever the program raises is a fact about the program
            raise ProgramError(f"{path}: it raises {type(error).__name__}: {error}") from error


def pair_of(path: Path, names: Mapping[str, Any], data: Path) -> Pair:
    """The program's players as a Pair, with MNIST in the range and shape of the generator's output.

    Raises ProgramError where a player is missing or its range is not known.
    """
    for name in ("generator", "discriminator"):
        if not isinstance(names.get(name), keras.Model):
            raise ProgramError(
                f"{path}: {name} is {type(names.get(name)).__name__}, "
                "expected a keras.Model of that name at module level"
            )
    gan = names.get("gan")
    players = Pair(names["generator"], names["discriminator"], np.zeros((1, 1), np.float32))
    bounds = value_range(players)
    shape = known_shape(names["discriminator"], "input_shape")
    if bounds is None or shape is None or int(np.prod(shape)) != 28 * 28:
        raise ProgramError(
            f"{path}: a generator with output range {bounds} and a discriminator with input shape {shape}; "
            "expected a last activation tanh or sigmoid and 28 x 28 pixels in some shape"
        )
    low, high = bounds
    unit = load_mnist(data).x_train[:_REAL].astype(np.float32) / 255
    real = np.asarray(low + (high - low) * unit, np.float32).reshape(-1, *shape)
    return Pair(players.generator, players.discriminator, real, gan if isinstance(gan, keras.Model) else None)


@contextlib.contextmanager
def _mnist_from(mnist: Mnist) -> Iterator[None]:
    """``load_data`` of every module that offers it, answered from ``mnist``."""

    def load_data(path: str = "mnist.npz") -> Any:
        return (mnist.x_train.copy(), mnist.y_train.copy()), (mnist.x_test.copy(), mnist.y_test.copy())

    modules = [importlib.import_module(name) for name in _MNIST_MODULES if importlib.util.find_spec(name)]
    originals = [module.load_data for module in modules]
    for module in modules:
        module.__dict__["load_data"] = load_data
    try:
        yield
    finally:
        for module, original in zip(modules, originals, strict=True):
            module.__dict__["load_data"] = original


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    """A temporary working folder, for the pictures that programs save, and plots that nobody sees."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield
