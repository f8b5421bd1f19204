"""The record of calibration runs, and what the documents make of it."""

from __future__ import annotations

import importlib

import pytest

from harness.measure.convergence import check_improves, check_reaches_floors
from harness.measure.record import curves, digest, floors_of, table
from tests.convergence.corrected import SEED, Corrected
from tests.convergence.programs import DOCUMENT, PROGRAMS, path_of, quick_floors, quick_runs, recorded
from tests.convergence.repeat import failures
from tests.convergence.repeat import table as repetition_table


def test_every_program_has_a_test_file_of_its_own() -> None:
    found: dict[str, list[str]] = {}
    for program in PROGRAMS:
        module = importlib.import_module(f"tests.convergence.test_{program}")
        classes = [one for one in vars(module).values() if isinstance(one, type) and one is not Corrected]
        found[program] = [one.program for one in classes if issubclass(one, Corrected)]
    assert found == {program: [program] for program in PROGRAMS}


def test_every_program_is_calibrated_as_it_is_now() -> None:
    stale = [
        name
        for name in PROGRAMS
        if name not in recorded() or digest(path_of(name)) != recorded()[name].sha256
    ]
    assert not stale, f"run: python -m harness.measure.calibrate (see {DOCUMENT.name})"


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_calibration_run_passes_at_both_lengths(program: str) -> None:
    runs, short = recorded()[program].runs, quick_runs(program)
    assert SEED not in {run.seed for run in short}, "the quick tier is no test of a seed that set its floors"
    for each, floors in ((runs, floors_of(runs)), (short, quick_floors(program))):
        if each:
            check_improves(each)
            check_reaches_floors(each, floors)


def test_the_documented_tables_are_those_of_the_record() -> None:
    for made in (table(recorded()), curves(recorded())):
        assert made in DOCUMENT.read_text()


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_recorded_repetition_of_the_quick_tier_failed(program: str) -> None:
    assert not failures(program)


def test_the_documented_repetitions_are_those_of_the_record() -> None:
    assert repetition_table() in DOCUMENT.read_text()
