"""One planted mistake for every second rule is reviewed anew: the result is the committed one."""

from __future__ import annotations

from functools import cache

import pytest

from tests.corpus._cases import Case, cases
from tests.corpus._score import kept, reviewed


@cache
def planted() -> list[Case]:
    """The planted mistakes whose result is committed."""
    return [case for case in cases() if case.mistake is not None and case.name in kept()]


def sample() -> list[Case]:
    """The shortest program with a mistake for each rule; a rule's own example is a test elsewhere."""
    rules = sorted({case.mistake.rule for case in planted() if case.mistake is not None})
    return [
        min(
            (c for c in planted() if c.mistake is not None and c.mistake.rule == rule),
            key=lambda c: len(c.text),
        )
        for rule in rules[::2]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("case", sample(), ids=lambda case: case.name)
def test_a_planted_mistake_is_reviewed_as_the_page_says(case: Case) -> None:
    (result,) = reviewed([case])
    assert result == kept()[case.name]


@pytest.mark.full
@pytest.mark.parametrize("case", planted(), ids=lambda case: case.name)
def test_every_planted_mistake_is_reviewed_as_the_page_says(case: Case) -> None:
    (result,) = reviewed([case])
    assert result == kept()[case.name]
