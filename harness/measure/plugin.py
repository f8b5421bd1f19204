"""The checks as a pytest fixture; where this package is installed, pytest finds it.

    def test_my_gan(check_pair):
        check_pair(generator, discriminator, real)

``real`` are samples as the discriminator is fed them.  All parameters are those of
``harness.measure.pair.Pair``; ``seed`` chooses the batch and the latent vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def check_pair() -> Callable[..., tuple[Any, ...]]:
    """A function that runs every check of structure, gradients and steps on a pair of Keras models.

    It returns the results and fails the test with one line for every check that does not hold.
    The models keep their weights.
    """
    return check


def check(
    generator: Any, discriminator: Any, real: Any, *, seed: int = 0, **particulars: Any
) -> tuple[Any, ...]:
    """All results for a pair; an AssertionError with one line for each check that fails."""
    # A plugin is imported in every test run, a framework should not be.
    from harness.measure.gradients import gradient_checks
    from harness.measure.pair import Pair
    from harness.measure.results import CheckFailed
    from harness.measure.steps import step_checks
    from harness.measure.structure import structure

    pair = Pair(generator, discriminator, real, **particulars)
    found = structure(pair, seed)
    if not any(isinstance(outcome, CheckFailed) for outcome in found):
        found += (*gradient_checks(pair, seed), *step_checks(pair, seed))
    if failures := [str(outcome) for outcome in found if isinstance(outcome, CheckFailed)]:
        __tracebackhide__ = True
        raise AssertionError("\n".join(failures))
    return found
