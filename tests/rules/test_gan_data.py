"""What two players are fed: what counts as real, generated and noise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules._gans import (
    GENERATOR,
    Program,
    d_step,
    fake,
    found,
    g_step,
    noise,
    real,
)
from tests.rules._traces import array, call, labels, matches


def test_toy_data_drawn_from_a_distribution_are_real_data() -> None:
    seen = Program(calls=(d_step(18, noise(32, 2), 1), d_step(19, fake(32, 2), 0), g_step(21, 1))).evidence()
    assert seen.trace is not None
    no_data = tuple(e for e in seen.trace.events if type(e).__name__ != "DataLoaded")
    assert matches("never-sees-real-data", replace(seen, trace=replace(seen.trace, events=no_data))) == []


def test_data_of_unknown_origin_count_as_real() -> None:
    calls = (d_step(18, array(32, 784), 1), d_step(19, fake(), 0), g_step(21, 1))
    assert matches("never-sees-real-data", Program(calls=calls).evidence()) == []


def test_a_batch_that_joins_generated_rows_with_others_is_neither_fake_nor_artificial() -> None:
    joined = replace(fake(64, 784), fraction=0.5)
    both = d_step(18, joined, 1)
    both = replace(both, targets=(labels(64, 0, 1),))
    program = Program(calls=(both, g_step(21, 1)))
    assert matches("never-sees-real-data", program.evidence()) == []
    assert found(program) == []


@pytest.mark.parametrize(
    ("trained", "given", "found"),
    [
        ((0.0, 1.0), (-2.9, 3.1), [23]),
        ((0.0, 1.0), (0.1, 0.9), []),
        ((-1.0, 1.0), (-3.2, 2.7), [23]),
        ((-3.0, 3.0), (-4.1, 3.9), []),
        ((-3.0, 3.0), (0.0, 1.0), []),  # what it was trained on, if not all of it
    ],
)
def test_samples_are_made_of_the_noise_that_was_trained(
    trained: tuple[float, float], given: tuple[float, float], found: list[int]
) -> None:
    shown, drawn = (array(32, 16, low=low, high=high, origin="random") for low, high in (trained, given))
    sample = call("predict", GENERATOR, line=23, inputs=(drawn,))
    known = Program(calls=(d_step(18, real(), 1), g_step(21, 1, rows=shown), sample)).evidence()
    assert [match.line for match in matches("noise-drawn-differently", known)] == found


def asked(
    low: float, high: float, *, real_high: float = 9.0, real_shape: tuple[int, ...] = (32, 1)
) -> list[int]:
    """What is said of conditions beside the generator's noise in these bounds."""
    shown = replace(d_step(18, real(), 1), inputs=(real(), array(*real_shape, high=real_high)))
    step = g_step(21, 1)
    step = replace(step, inputs=(*step.inputs, array(32, 1, low=low, high=high)))
    known = Program(calls=(shown, d_step(19, fake(), 0), step)).evidence()
    return [match.line for match in matches("constant-condition", known)]


def test_a_generator_is_asked_for_every_condition() -> None:
    assert asked(0.0, 0.0) == [21]
    assert asked(0.0, 9.0) == []
    assert asked(0.5, 0.5, real_high=0.0) == []  # a setting of both players, and no condition
    assert asked(0.0, 0.0, real_shape=(32, 10)) == []
