"""Correct programs really learn: those of the sample are trained at full length."""

from __future__ import annotations

import pytest

from tests.corpus._cases import Program, programs
from tests.corpus._train import train


@pytest.mark.full
@pytest.mark.parametrize("program", [p for p in programs() if p.check], ids=lambda p: p.name)
def test_a_correct_program_learns(program: Program) -> None:
    training = train(program)
    assert training.learned
    assert training.failed_before
