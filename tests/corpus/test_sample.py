"""One correct program of every style is reviewed anew: the result is the committed one."""

from __future__ import annotations

import pytest

from tests.corpus._cases import Case, cases
from tests.corpus._score import kept, reviewed


def sample() -> list[Case]:
    """The first correct program of every style."""
    correct = [case for case in cases() if case.mistake is None]
    return [
        next(c for c in correct if c.program.style == style)
        for style in sorted({c.program.style for c in correct})
    ]


@pytest.mark.slow
@pytest.mark.parametrize("case", sample(), ids=lambda case: case.name)
def test_a_correct_program_is_reviewed_as_the_page_says(case: Case) -> None:
    (result,) = reviewed([case])
    assert result == kept()[case.name]
    assert result.verdict == "clean"


@pytest.mark.full
@pytest.mark.parametrize(
    "case", [c for c in cases() if c.mistake is None and c.name in kept()], ids=lambda case: case.name
)
def test_every_correct_program_is_reviewed_as_the_page_says(case: Case) -> None:
    (result,) = reviewed([case])
    assert result == kept()[case.name]
