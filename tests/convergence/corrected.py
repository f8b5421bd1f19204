"""What every corrected program must show when it trains for a while: the quick tier.

Each program has a test file of its own with a class made of this one, so that test processes share the
programs out.  All tests of a class look at one training, in one process.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from harness.measure.convergence import Trained, check_improves, check_reaches_floors
from harness.measure.record import trained
from harness.measure.results import CheckFailed
from tests.convergence.programs import OUTPUT, QUICK, failed, measured, path_of, quick_floors

#: One training seed of the whole tier; which one does not matter (``repeat.py`` tries others).
SEED = 7

STRUCTURE_AND_GRADIENTS = {
    "real-data",
    "finite-weights",
    "players-fit",
    "generator-output",
    "discriminator-output",
    "rebatching",
    "save-load",
    "gradients-reach-weights",
    "losses-are-separate",
    "generator-step-raises-belief",
    "no-dead-layer",
    "training-mode",
    "step-moves-weights",
    "steps-keep-apart",
    "optimizer-moments-persist",
    "discriminator-overfits",
}


class Corrected:
    program: ClassVar[str]

    @pytest.fixture(scope="class")
    @classmethod
    def document(cls) -> dict[str, Any]:
        OUTPUT.mkdir(exist_ok=True)
        return measured(
            path_of(cls.program),
            *("--first-seed", str(SEED)),
            *("--updates", str(QUICK[cls.program])),
            *("--grid", str(OUTPUT / f"{cls.program}.png")),
        )

    @pytest.fixture
    def run(self, document: dict[str, Any]) -> Trained:
        (found,) = document["runs"]
        return trained(found)

    def test_structure_holds_and_gradients_flow(self, document: dict[str, Any]) -> None:
        assert {check["check"] for check in document["checks"]} >= STRUCTURE_AND_GRADIENTS
        assert not failed(document, among=STRUCTURE_AND_GRADIENTS)

    def test_it_learns(self, run: Trained) -> None:
        assert run.updates == QUICK[self.program]
        check_improves([run])
        check_reaches_floors([run], quick_floors(self.program))

    def test_the_same_generator_untrained_fails(self, run: Trained) -> None:
        as_it_began = replace(run, after=run.before)
        with pytest.raises(CheckFailed, match="0 of 1 better"):
            check_improves([as_it_began])
        with pytest.raises(CheckFailed, match="with seed"):
            check_reaches_floors([as_it_began])

    def test_a_hundred_of_its_digits_are_kept_as_a_picture(self, document: dict[str, Any]) -> None:
        assert document["runs"]
        header = (OUTPUT / f"{self.program}.png").read_bytes()[:24]
        assert struct.unpack(">II", header[16:]) == (280, 280)
