"""Acts on a module right after it was imported for the first time."""

from __future__ import annotations

import gc
import importlib.abc
import importlib.machinery
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from harness.knowledge.optional import absent


@contextmanager
def settled() -> Iterator[None]:
    """What is made inside stays: the collector does not go through it, neither meanwhile nor later.

    TensorFlow makes half a million objects, which a collector that runs meanwhile walks many times over.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


class AfterImport(importlib.abc.MetaPathFinder):
    """Calls a function as soon as a module has been imported for the first time.

    TensorFlow looks for Keras's spec before it imports it, so a spec asked for is no import yet.
    """

    def __init__(self, name: str, then: Callable[[ModuleType], None], without: Sequence[str] = ()) -> None:
        """``without``: packages that this import shall not find."""
        self._name = name
        self._then = then
        self._without = without

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Announcing(spec.loader, self._then, self._without)
        return spec


class _Announcing(importlib.abc.Loader):
    def __init__(
        self, loader: importlib.abc.Loader, then: Callable[[ModuleType], None], without: Sequence[str]
    ) -> None:
        self._loader = loader
        self._then = then
        self._without = without

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        with absent(self._without), settled():
            self._loader.exec_module(module)
        self._then(module)

    def __getattr__(self, name: str) -> Any:
        # Resources and sources are the real loader's.
        return getattr(self._loader, name)


class Kept(importlib.abc.MetaPathFinder):
    """Modules that were imported before and put away: the first import of one brings all back."""

    def __init__(self, modules: Mapping[str, ModuleType], restore: Callable[[], None]) -> None:
        self._modules = modules
        self._restore = restore

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        module = self._modules.get(name)
        spec = importlib.machinery.PathFinder.find_spec(name, path) if module is not None else None
        if module is None or spec is None or module.__spec__ is None or spec.origin != module.__spec__.origin:
            return None  # also where a file of the program has that name
        spec.loader = _Restoring(module, self._restore)
        return spec


class _Restoring(importlib.abc.Loader):
    def __init__(self, module: ModuleType, restore: Callable[[], None]) -> None:
        self._module = module
        self._spec = module.__spec__
        self._restore = restore

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec
        self._restore()

    def __getattr__(self, name: str) -> Any:
        # Resources and sources are the real loader's.
        return getattr(self._spec.loader if self._spec else None, name)
