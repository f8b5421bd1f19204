"""The classes that are observed, found without importing anything that is not loaded yet."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PACKAGES = ("keras", "tf_keras", "tensorflow", "jax", "torch", "numpy")


@dataclass(frozen=True)
class Framework:
    """One loaded Keras, version 3 or legacy."""

    package: str  # "keras" or "tf_keras"
    prefix: str  # folder of its source files
    backend: str
    model_class: Any
    trainer_class: Any  # whose __init__ every model runs
    optimizer_class: Any
    loss_class: Any
    callback_class: Any
    called_classes: tuple[Any, ...] = ()  # whose own `call` a program may use in place of calling the model

    @property
    def is_legacy(self) -> bool:
        """Keras 2."""
        return self.package == "tf_keras"

    def executing_eagerly(self) -> bool:
        """False while TensorFlow traces a function; elsewhere the arguments themselves tell."""
        if self.backend == "tensorflow":
            return bool(sys.modules["tensorflow"].executing_eagerly())
        return True


def find_framework() -> Framework | None:
    """Keras 3, or legacy Keras where only that is loaded; None before either has been imported."""
    keras = sys.modules.get("keras")
    # In a run on Keras 2 the name stands for the legacy package.
    if keras is not None and keras.__name__ == "keras" and hasattr(keras, "Model"):
        from keras.src.models.functional import Functional
        from keras.src.trainers.trainer import Trainer

        return Framework(
            "keras",
            os.path.join(os.path.dirname(str(keras.__file__)), ""),  # noqa: PTH118, PTH120 - compared as text
            str(keras.backend.backend()),
            keras.Model,
            Trainer,
            keras.optimizers.Optimizer,
            keras.losses.Loss,
            keras.callbacks.Callback,
            (keras.Sequential, Functional),
        )
    if (legacy := sys.modules.get("tf_keras")) is not None and hasattr(legacy, "Model"):
        return Framework(
            "tf_keras",
            os.path.join(os.path.dirname(str(legacy.__file__)), ""),  # noqa: PTH118, PTH120 - compared as text
            "tensorflow",
            legacy.Model,
            legacy.Model,
            legacy.optimizers.Optimizer,
            legacy.losses.Loss,
            legacy.callbacks.Callback,
        )
    return None


def versions(package: str) -> Mapping[str, str]:
    """The versions of the packages that are loaded; "keras" is the ``package`` that is watched."""
    found = {}
    for name in _PACKAGES:
        version = getattr(sys.modules.get(name), "__version__", None)
        if version is not None:
            found[name] = str(version)
    found["keras"] = str(sys.modules[package].__version__)
    return found


def device(backend: str) -> str:
    """ "gpu" or "cpu"; asked in ways that do not start the framework's runtime."""
    try:
        if backend == "tensorflow":
            return "gpu" if sys.modules["tensorflow"].config.list_physical_devices("GPU") else "cpu"
        if backend == "torch":
            return "gpu" if sys.modules["torch"].cuda.is_available() else "cpu"
        if backend == "jax" and os.environ.get("JAX_PLATFORMS", "") != "cpu":
            return (
                "gpu"
                if any(map(importlib.util.find_spec, ("jax_cuda13_plugin", "jax_cuda12_plugin")))
                else "cpu"
            )
    except Exception:  # a broken driver is no reason to stop the program
        return "cpu"
    return "cpu"
