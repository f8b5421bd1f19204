"""Runs a program at full length in a sandbox: nothing watched, nothing mended, data sets answered.

Started as ``python -P -s -m harness.run.plain FILE MNIST [OBSERVER]`` in the scratch folder.  OBSERVER is a
module whose ``observe()`` is called when the program has imported Keras, before it gets to use it.
"""

from __future__ import annotations

import importlib
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import harness
from harness import scratch
from harness.model import Event, Limits, Outcome, Sandbox
from harness.run import datasets
from harness.run.importing import AfterImport
from harness.run.parent import environment


def run_plainly(
    text: str,
    sandbox: Sandbox,
    limits: Limits,
    *,
    backend: str,
    mnist: Path,
    keep: Callable[[Path], None],
    on_output: Callable[[str, bytes], None],
    observer: str | None = None,
) -> Outcome:
    """Run a program's text; ``keep`` is handed the scratch folder before it is removed.

    ``observer`` names a module that looks on from inside.
    """
    with scratch.folder() as folder:
        file = folder / "program.py"
        file.write_text(text, encoding="utf-8")
        arguments = [str(file), str(mnist), *([observer] if observer else [])]
        outcome = sandbox.run(
            [sys.executable, "-P", "-s", "-u", "-B", "-m", "harness.run.plain", *arguments],
            scratch=folder,
            limits=limits,
            environment=environment(backend),
            readable=[Path(harness.__file__).parent, mnist],
            on_output=on_output,
        )
        file.unlink(missing_ok=True)
        keep(folder)
        return outcome


def _main(file: str, mnist: str, observer: str | None = None) -> None:
    def answer(keras: ModuleType) -> None:
        datasets.answer(Path(mnist), None, _ignore, lambda name, array: None)
        if observer:
            importlib.import_module(observer).observe()

    sys.meta_path.insert(0, AfterImport("keras", answer))
    sys.path.insert(0, str(Path(file).parent))
    sys.argv = [file]
    runpy.run_path(file, run_name="__main__")


def _ignore(kind: type[Event], /, **fields: object) -> int:
    return 0


if __name__ == "__main__":
    _main(*sys.argv[1:])
