"""Frameworks imported ahead of the runs that want them.

A warm process imports TensorFlow and Keras once and puts them out of sight.  Each run is a fork of
it, and gets them back at the moment at which its program imports the first of the two: what
importing them does to a process (modules, environment, warnings, files, words on standard error) is
then done again, so that the program sees what it would see in a process of its own.
"""

from __future__ import annotations

import importlib
import os
import stat
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from harness import rooms
from harness.knowledge.optional import OPTIONAL, absent
from harness.run.importing import Kept, settled
from harness.run.pristine import FRAMEWORKS


def serve(folder: str) -> Preloaded:
    """Import the frameworks and serve; returns in each run, which is a fork of this process."""
    preloaded = Preloaded()
    rooms.serve(folder)
    return preloaded


class Preloaded:
    """TensorFlow and Keras, imported and put out of sight."""

    def __init__(self) -> None:
        home, environment, said = os.environ["HOME"], dict(os.environ), _said()
        self._warnings: list[warnings.WarningMessage] = []
        with warnings.catch_warnings(record=True) as self._warnings, absent(OPTIONAL), settled():
            warnings.simplefilter("always")  # as in every run
            before = list(warnings.filters)
            for name in FRAMEWORKS:
                importlib.import_module(name)
            self._filters = _added(before, list(warnings.filters))
        rooms.check_idle()
        self._environment = {key: value for key, value in os.environ.items() if environment.get(key) != value}
        self._said = _said()[len(said) :]
        self._files = {
            path.relative_to(home): path.read_bytes() for path in Path(home).rglob("*") if path.is_file()
        }
        self._modules = {n: m for n, m in sys.modules.items() if n.partition(".")[0] in FRAMEWORKS}
        self._paths = _texts_beginning_with(home, self._modules)
        for name in self._modules:
            del sys.modules[name]

    def offer(self, then: Callable[[ModuleType], None]) -> None:
        """Give the frameworks to the first import of one of them, and call ``then(keras)``."""

        def restore() -> None:
            sys.meta_path.remove(finder)
            self._restore()
            then(self._modules["keras"])

        finder = Kept({name: self._modules[name] for name in FRAMEWORKS}, restore)
        sys.meta_path.insert(0, finder)

    def _restore(self) -> None:
        sys.modules.update(self._modules)
        os.environ.update(self._environment)
        filters = cast(list[Any], warnings.filters)
        filters[:] = [*self._filters[0], *filters, *self._filters[1]]
        warnings._filters_mutated()  # type: ignore[attr-defined]  # what ``warnings`` itself calls then
        home = os.environ["HOME"]
        for values, name, rest in self._paths:
            values[name] = home + rest
        for path, content in self._files.items():
            target = Path(home, path)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        os.write(2, self._said)
        for told in self._warnings:
            warnings.showwarning(told.message, told.category, told.filename, told.lineno)


def _added(before: list[Any], after: list[Any]) -> tuple[list[Any], list[Any]]:
    """What was put in front of a list, and what behind."""
    front = next(place for place, item in enumerate(after) if item in before)
    return after[:front], [item for item in after[front:] if item not in before]


def _said() -> bytes:
    """What has been written to standard error so far, where that is a file."""
    state = os.fstat(2)
    return os.pread(2, state.st_size, 0) if stat.S_ISREG(state.st_mode) else b""


def _texts_beginning_with(home: str, modules: Mapping[str, Any]) -> list[tuple[dict[str, Any], str, str]]:
    """(globals of a module, name, what follows ``home``) of every text that names a file at home."""
    return [
        (vars(module), name, value.removeprefix(home))
        for module in modules.values()
        if isinstance(module, ModuleType)
        for name, value in list(vars(module).items())
        if isinstance(value, str) and value.startswith(home)
    ]
