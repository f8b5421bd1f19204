"""Progress bars and notebook displays for programs whose packages for them are not installed.

``tqdm``, ``IPython.display`` and ``google.colab`` change nothing that a network learns, and half of all
tutorials import one of them; without it their training could not run at all.  These stand-ins show nothing.
A package that is installed is never replaced.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from harness.run.colab import COLAB


class Bar:
    """``tqdm(...)``: hands on what it is given."""

    def __init__(self, iterable: Any = None, *args: Any, total: Any = None, **options: Any) -> None:
        self.iterable = iterable
        self.total = len(iterable) if total is None and hasattr(iterable, "__len__") else total
        self.n = 0

    def __iter__(self) -> Iterator[Any]:
        for each in self.iterable:
            yield each
            self.n += 1

    def __len__(self) -> int:
        return len(self.iterable) if self.iterable is not None else int(self.total or 0)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def update(self, n: float = 1) -> None:
        self.n += int(n)

    def _silent(self, *args: Any, **options: Any) -> None:
        """Shows nothing."""

    close = clear = refresh = reset = display = _silent
    set_description = set_description_str = set_postfix = set_postfix_str = _silent

    @staticmethod
    def write(text: object = "", *args: Any, **options: Any) -> None:
        print(text)


def bars(*args: int, **options: Any) -> Bar:
    """``trange(...)``."""
    return Bar(range(*args), **options)


class Shown:
    """``Image(...)``, ``HTML(...)`` and their like: keeps what would be shown."""

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        self.data = data


def show(*shown: Any, **options: Any) -> None:
    """``display(...)`` and ``clear_output(...)``."""


_DISPLAY: Mapping[str, Any] = {
    "display": show,
    "clear_output": show,
    **dict.fromkeys(("Image", "HTML", "SVG", "Markdown", "Video", "Audio", "Math", "Latex", "JSON"), Shown),
}
_BARS: Mapping[str, Any] = {"tqdm": Bar, "trange": bars, "tqdm_notebook": Bar, "tnrange": bars}
_MODULES: Mapping[str, Mapping[str, Any]] = {
    "tqdm": _BARS,
    "tqdm.auto": _BARS,
    "tqdm.notebook": _BARS,
    "IPython": {"get_ipython": lambda: None, "version_info": (8, 0, 0, "")},
    "IPython.display": _DISPLAY,
    "IPython.core": {},
    "IPython.core.display": _DISPLAY,
    **COLAB,
}
#: A package of which only a part is not there, and a stand-in for that part.
_PART_OF = {"google": "google.colab"}


class Displays(importlib.abc.MetaPathFinder):
    """Finds a stand-in for what a program imports itself and what is not installed.

    Libraries that ask whether they run in a notebook are not told that they do.
    """

    def __init__(self, program: str, told: Callable[[str], object]) -> None:
        """``program``: the file whose imports are answered; ``told`` is called with a package's name."""
        self._program = program
        self._told = told

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top = name.partition(".")[0]
        package = _PART_OF.get(top, top)
        within = path if name == package else None
        if name not in _MODULES or importlib.machinery.PathFinder.find_spec(package, within):
            return None
        frame = _importer()
        if frame is None or frame.f_code.co_filename != self._program:
            return None
        if package in COLAB and _prepared(frame):
            return None
        if name == package:
            self._told(package)
        return importlib.machinery.ModuleSpec(name, _StandIn(_MODULES[name]), is_package=True)


def _importer() -> FrameType | None:
    """The frame whose statement is importing."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame


def _prepared(frame: FrameType) -> bool:
    """Whether the import stands in a ``try``: the program then knows what to do without the package."""
    try:
        tree = ast.parse(Path(frame.f_code.co_filename).read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return False
    return any(
        statement.lineno <= frame.f_lineno <= (statement.end_lineno or statement.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and node.handlers
        for statement in node.body
    )


class _StandIn(importlib.abc.Loader):
    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(self._names)
