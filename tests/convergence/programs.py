"""The corrected programs, and how the tests of this folder train them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errata import check_article, load, mutant
from harness.measure.convergence import Floors, Trained
from harness.measure.record import Calibration, floors_of, read
from harness.pipeline import program_of
from tests.measure.backends import environment

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "tests" / "convergence" / "calibration.json"
DOCUMENT = ROOT / "docs" / "convergence.md"
OUTPUT = ROOT / "test-output"
PROGRAMS = tuple(sorted(path.stem for path in (ROOT / "fixed").glob("*.py")))


#: Updates after which every calibration run was well over par; docs/convergence.md has the curves that
#: they were read from.  upsampling_gan is there only at its own end.
QUICK = {"cnn_gan": 1500, "deconv_gan": 900, "dense_gan": 4500, "leaky_gan": 4500, "upsampling_gan": 400}
#: Errata that only weaken the training: the update rule, or a network.
WEAKENING = (
    ("dense_gan", "momentum-too-high-for-two-players"),
    ("deconv_gan", "momentum-too-high-for-two-players"),
    ("upsampling_gan", "momentum-too-high-for-two-players"),
    ("cnn_gan", "momentum-too-high-for-two-players"),
    ("cnn_gan", "generator-falls-silent"),
    ("cnn_gan", "discriminator-too-sure"),
)


def path_of(program: str) -> Path:
    return ROOT / "fixed" / f"{program}.py"


def recorded() -> dict[str, Calibration]:
    """The calibration runs that are kept in the repository."""
    return read(RECORD)


def measured(program: Path, *arguments: str, backend: str = "tensorflow") -> dict[str, Any]:
    """What ``python -m harness.measure`` says of a program; an AssertionError where it says nothing."""
    command = [sys.executable, "-m", "harness.measure", str(program), "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment(backend), capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def quick_runs(program: str) -> tuple[Trained, ...]:
    """The calibration runs of a program as they were at the length of the quick tier."""
    return recorded()[program].reached(QUICK[program])


def quick_floors(program: str) -> Floors:
    """Floors of the quick tier: from the calibration runs at its length, and par where there are none.

    All ten digits must be there, two images of each in a thousand.  Par's ten are for whole trainings: on the
    way the shares swing, and the rarest digit is now in forty images and now in nine (docs/convergence.md).
    """
    runs = quick_runs(program)
    return replace(floors_of(runs) if runs else Floors(), digit_share=0.002)


def failed(document: dict[str, Any], among: Collection[str] | None = None) -> list[str]:
    """Each failed check in a line; of the checks ``among`` those of these names."""
    return [
        f"{check['check']}: expected {check['expected']}; found {check['actual']}"
        for check in document["checks"]
        if check["status"] == "failed" and (among is None or check["check"] in among)
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
