"""Keras 2 for a run: every import of ``keras`` gets legacy Keras, the package ``tf_keras``.

TensorFlow itself is told by the environment (``TF_USE_LEGACY_KERAS``) to take its ``tf.keras`` from there.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

PACKAGE = "tf_keras"
ENVIRONMENT = {"TF_USE_LEGACY_KERAS": "1"}
#: The major versions of Keras that a run can have.
VERSIONS = (2, 3)


def installed() -> bool:
    """Whether runs on Keras 2 can be made."""
    return importlib.util.find_spec(PACKAGE) is not None


class Legacy(importlib.abc.MetaPathFinder):
    """Finds ``tf_keras.x`` for ``keras.x``; the two names then stand for one module."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        package, dot, rest = name.partition(".")
        if package != "keras":
            return None
        real = f"{PACKAGE}{dot}{rest}"
        try:
            found = real in sys.modules or importlib.util.find_spec(real) is not None
        except ModuleNotFoundError:
            found = False
        return importlib.machinery.ModuleSpec(name, _Alias(real), is_package=True) if found else None


class _Alias(importlib.abc.Loader):
    """Gives an import the module that another name stands for."""

    def __init__(self, real: str) -> None:
        self._real = real
        self._spec: importlib.machinery.ModuleSpec | None = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._real)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # importing under another name has replaced it


def tell_version(module: ModuleType) -> None:
    """``tf.keras.__version__``, which Keras 2 had as a part of TensorFlow."""
    if not hasattr(module, "__version__"):
        vars(module)["__version__"] = importlib.import_module(PACKAGE).__version__
