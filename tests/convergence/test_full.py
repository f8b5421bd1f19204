"""The long tier: seven seeds of every program, and the faults that only a whole training shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.data import embedded_mnist
from harness.measure.calibrate import main
from harness.measure.convergence import check_improves, check_reaches_floors
from harness.measure.record import floors_of, read, table
from harness.measure.results import CheckFailed
from harness.measure.runs import train_program
from harness.measure.scores import embedded_yardstick
from tests.convergence.programs import OUTPUT, PROGRAMS, WEAKENING, path_of, recorded, without_erratum

pytestmark = pytest.mark.full


@pytest.mark.parametrize("program", PROGRAMS)
def test_seven_seeds_learn(program: str) -> None:
    OUTPUT.mkdir(exist_ok=True)
    kept = OUTPUT / "convergence.json"
    assert main([str(path_of(program)), "--seeds", "7", "--record", str(kept), "--grids", str(OUTPUT)]) == 0
    found = read(kept)
    (OUTPUT / "convergence.md").write_text(table(found) + "\n")
    runs = found[program].runs
    assert len(runs) == 7
    check_improves(runs, level=0.01)
    check_reaches_floors(runs, floors_of(recorded()[program].runs))


@pytest.mark.parametrize(("program", "erratum"), WEAKENING)
def test_an_erratum_that_only_weakens_is_seen_after_the_whole_training(
    program: str, erratum: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{program}.py"
    path.write_text(without_erratum(program, erratum))
    run, _ = train_program(path, embedded_mnist(), embedded_yardstick(), seed=0)
    with pytest.raises(CheckFailed):
        check_reaches_floors([run])
