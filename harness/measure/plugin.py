"""The checks as pytest fixtures; where this package is installed, pytest finds them.

    def test_my_gan(check_pair):
        check_pair(generator, discriminator, real)

    def test_my_gan_learns(check_learns):
        check_learns(build, real, epochs=20)

``real`` are samples as the discriminator is fed them; ``build()`` makes (generator, discriminator), or
these two and a compiled ``gan``.  Further parameters are those of ``harness.measure.pair.Pair`` and, for
``check_learns``, of ``harness.measure.learning.check_learns``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

# A plugin is imported in every test run, a framework should not be: the checks are imported when called.


@pytest.fixture
def check_pair() -> Callable[..., tuple[Any, ...]]:
    """A function that runs every check of structure, gradients and steps on a pair of Keras models.

    It returns the results and fails the test with one line for every check that does not hold.
    The models keep their weights.
    """
    return check


@pytest.fixture
def check_learns() -> Callable[..., tuple[Any, ...]]:
    """A function that trains a pair and fails the test unless it learns the samples it is given."""
    return learns


def check(
    generator: Any, discriminator: Any, real: Any, *, seed: int = 0, **particulars: Any
) -> tuple[Any, ...]:
    """All results for a pair; an AssertionError with one line for each check that fails."""
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


def learns(
    build: Callable[[], tuple[Any, ...]],
    real: Any,
    *,
    epochs: int,
    seeds: int = 1,
    batch_size: int = 32,
    optimizer: Callable[[], Any] | None = None,
    features: Callable[[Any], Any] | None = None,
    floors: Any = None,
    **particulars: Any,
) -> tuple[Any, ...]:
    """The results of training a new pair for each seed; CheckFailed where one does not learn."""
    from harness.measure.learning import FLOORS, check_learns
    from harness.measure.pair import Pair

    def built() -> Pair:
        generator, discriminator, *gan = build()
        return Pair(generator, discriminator, real, *gan, **particulars)

    return check_learns(
        built,
        epochs=epochs,
        seeds=seeds,
        batch_size=batch_size,
        optimizer=optimizer,
        features=features,
        floors=floors or FLOORS,
    )
