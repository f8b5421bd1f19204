"""Each corrected program, once, at its own settings, on the embedded images: does it learn?

The floors are those of its calibration runs (``docs/convergence.md``), never below coverage .15 and
Fréchet distance 60.  The pictures stay in ``test-output/``.
"""

from __future__ import annotations

import pytest

from harness.measure.convergence import check_improves, check_reaches_floors
from harness.measure.record import digest, floors_of, table, trained
from tests.convergence.programs import DOCUMENT, OUTPUT, PROGRAMS, failed, measured, path_of, recorded

# The lightest program in every test run; all five take a quarter of an hour (``make test-full``).
TIERS = [
    pytest.param(name, marks=pytest.mark.slow if name == "dense_gan" else pytest.mark.full)
    for name in PROGRAMS
]


@pytest.mark.parametrize("program", TIERS)
def test_a_corrected_program_holds_together_and_learns(program: str) -> None:
    OUTPUT.mkdir(exist_ok=True)
    picture = OUTPUT / f"{program}.png"
    document = measured(path_of(program), "--grid", str(picture))
    assert not failed(document)
    assert {check["check"] for check in document["checks"]} >= {
        "players-fit",
        "gradients-reach-weights",
        "discriminator-overfits",
        "reaches-floors",
    }
    runs = [trained(run) for run in document["runs"]]
    check_improves(runs)
    check_reaches_floors(runs, floors_of(recorded()[program].runs))
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_every_program_is_calibrated_as_it_is_now() -> None:
    stale = [
        name
        for name in PROGRAMS
        if name not in recorded() or digest(path_of(name)) != recorded()[name].sha256
    ]
    assert not stale, f"run: python -m harness.measure.calibrate (see {DOCUMENT.name})"


def test_the_documented_table_is_that_of_the_record() -> None:
    assert table(recorded()) in DOCUMENT.read_text()
