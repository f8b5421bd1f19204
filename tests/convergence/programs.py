"""The corrected programs, and how the tests of this folder train them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from harness.errata import check_article, load, mutant
from harness.measure.record import Calibration, read
from harness.pipeline import program_of

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "tests" / "convergence" / "calibration.json"
DOCUMENT = ROOT / "docs" / "convergence.md"
OUTPUT = ROOT / "test-output"
PROGRAMS = tuple(sorted(path.stem for path in (ROOT / "fixed").glob("*.py")))


def path_of(program: str) -> Path:
    return ROOT / "fixed" / f"{program}.py"


def recorded() -> dict[str, Calibration]:
    """The calibration runs that are kept in the repository."""
    return read(RECORD)


def measured(program: Path, *arguments: str, backend: str = "tensorflow") -> dict[str, Any]:
    """What ``python -m harness.measure`` says of a program; an AssertionError where it says nothing."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "harness.measure", str(program), "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def failed(document: dict[str, Any]) -> list[str]:
    """Each failed check in a line."""
    return [
        f"{check['check']}: expected {check['expected']}; found {check['actual']}"
        for check in document["checks"]
        if check["status"] == "failed"
    ]


def without_erratum(program: str, name: str) -> str:
    """The corrected program with one erratum undone, as ``errata prove`` undoes it."""
    folder = ROOT / "articles" / program
    errata = load(folder)
    (k,) = (k for k, erratum in enumerate(errata, 1) if erratum.id == name)
    return program_of(mutant(check_article(folder), errata, k).text)


def edited(program: str, change: tuple[str, str]) -> str:
    """The corrected program with one text, which stands in it exactly once, replaced by another."""
    before, after = change
    text = path_of(program).read_text()
    assert text.count(before) == 1, f"{program} has {before!r} {text.count(before)} times, expected once"
    return text.replace(before, after)


@contextlib.contextmanager
def at_most(updates: int) -> Iterator[None]:
    """Every ``fit`` ends after so many updates."""

    class Stop(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no annotations
        def on_train_begin(self, logs: object = None) -> None:
            self.done = 0

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            self.done += 1
            self.model.stop_training = self.done >= updates

    fit = keras.Model.fit

    def short_fit(self: Any, *args: Any, callbacks: Any = (), **kwargs: Any) -> Any:
        return fit(self, *args, callbacks=[*callbacks, Stop()], **{**kwargs, "verbose": 0})

    keras.Model.fit = short_fit
    try:
        yield
    finally:
        keras.Model.fit = fit
