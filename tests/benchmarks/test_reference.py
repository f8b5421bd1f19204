"""The step fused by hand: the same step as the program's, and the fastest of its candidates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from harness.measure.functional import arrays
from harness.measure.throughput.players import Players
from harness.measure.throughput.reference import Candidate, fastest
from harness.measure.throughput.reference.tensorflow_step import candidates
from tests.benchmarks.test_ways import players

NAMES = (
    "tf.function, steps in a loop",
    "tf.function, fakes judged once",
    "tf.function with XLA",
)


class Clock:
    """Moves only when a loop runs."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def candidate(self, name: str, step: float, **settings: Any) -> Candidate:
        def build(steps: int) -> Callable[[], None]:
            def loop() -> None:
                self.now += steps * step

            return loop

        return Candidate(name, build, **settings)


def test_the_fastest_is_chosen_and_all_are_told() -> None:
    clock = Clock()
    tried = [
        clock.candidate("plain", 0.03, several=False),
        clock.candidate("loop", 0.01),
        clock.candidate("slow", 0.05),
    ]
    loop, steps, found = fastest(tried, lambda: None, compilers=True, clock=clock)
    assert found.name == "loop"
    assert found.seconds == pytest.approx({"plain": 0.03, "loop": 0.01, "slow": 0.05})
    assert steps == 3  # a tenth of a second, by the time of the first
    before = clock.now
    loop()
    assert clock.now - before == pytest.approx(0.03)


def test_the_first_candidate_is_tried_with_one_step_to_know_how_many_a_call_may_make() -> None:
    clock, built = Clock(), []
    one = clock.candidate("loop", 0.018)

    def build(steps: int) -> Callable[[], object]:
        built.append(steps)
        return one.build(steps)

    _, steps, found = fastest([Candidate("loop", build)], lambda: None, compilers=True, clock=clock)
    assert (built, steps) == ([1, 5], 5)
    assert found.seconds == pytest.approx({"loop": 0.018})


def test_candidates_that_cannot_do_it_are_left_out() -> None:
    clock = Clock()

    def fails(steps: int) -> Callable[[], None]:
        raise ValueError("no such operation\nmore")

    tried = [
        Candidate("broken", fails),
        clock.candidate("good", 0.01),
        clock.candidate("compiler", 0.001, slow_to_compile=True),
        clock.candidate("elsewhere", 0.001, against="not on this device"),
    ]
    _, _, found = fastest(tried, lambda: None, compilers=False, clock=clock)
    assert found.name == "good"
    assert found.left_out == {
        "broken": "ValueError: no such operation",
        "compiler": "only tried in full runs: it may take a minute to compile",
        "elsewhere": "not on this device",
    }


def test_where_all_fail_the_first_failure_is_told() -> None:
    def fails(steps: int) -> Callable[[], None]:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fastest([Candidate("broken", fails)], lambda: None, compilers=True)


def test_the_device_is_waited_for_in_each_trial() -> None:
    clock, waited = Clock(), []
    fastest(
        [clock.candidate("one", 0.1, several=False)],
        lambda: waited.append(clock.now),
        compilers=True,
        clock=clock,
    )
    assert waited == pytest.approx([0.1, 0.2, 0.5])  # twice to warm up, then once at the end


def one_image(found: Players) -> Players:
    """All images alike, so that it does not matter which are drawn."""
    return Players(found.generator, found.discriminator, found.gan, np.ones((64, 6), np.float32), (4,))


@pytest.mark.parametrize("name", NAMES)
def test_every_candidate_takes_the_program_s_own_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against both losses differentiated apart, with the latent vectors held fixed."""
    latent = tf.constant(np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32))
    monkeypatch.setattr(tf.random, "normal", lambda shape: latent)
    expected = one_image(players())
    loss = expected.loss
    optimizers = expected.optimizer(), expected.optimizer()
    with tf.GradientTape(persistent=True) as tape:
        fake = expected.generator(latent)
        believed, doubted = expected.discriminator(np.ones((8, 6))), expected.discriminator(fake)
        judged = loss(tf.ones_like(believed), believed) + loss(tf.zeros_like(doubted), doubted)
        made = loss(tf.ones_like(doubted), doubted)
    for optimizer, model, value in (
        (optimizers[0], expected.generator, made),
        (optimizers[1], expected.discriminator, judged),
    ):
        weights = [weight.value for weight in model.trainable_variables]
        optimizer.apply(tape.gradient(value, weights), model.trainable_variables)

    found = one_image(players())
    (candidate,) = [one for one in candidates(found, 8) if one.name == name]
    candidate.build(1)()
    for mine, theirs in zip(
        (found.generator, found.discriminator), (expected.generator, expected.discriminator), strict=True
    ):
        for a, b in zip(arrays(mine.variables), arrays(theirs.variables), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_a_discriminator_that_draws_judges_its_fakes_twice() -> None:
    drawn = players()
    discriminator = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dropout(0.5), keras.layers.Dense(1, "sigmoid")]
    )
    found = [
        one.name
        for one in candidates(Players(drawn.generator, discriminator, drawn.gan, drawn.images, (4,)), 8)
    ]
    assert found == [name for name in NAMES if "once" not in name]
    assert [one.name for one in candidates(drawn, 8)] == list(NAMES)


def test_xla_is_not_tried_where_convolutions_make_it_slow() -> None:
    found = players()
    assert not any(one.against for one in candidates(found, 8))
    generator = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Reshape((2, 2, 1)),
            keras.layers.Conv2D(2, 2),
            keras.layers.Flatten(),
        ]
    )
    convolving = Players(generator, found.discriminator, found.gan, found.images, (4,))
    assert [one.name for one in candidates(convolving, 8) if one.against] == ["tf.function with XLA"]


def test_several_steps_in_one_call_go_further_than_one() -> None:
    found = players()
    (candidate,) = [one for one in candidates(found, 8) if one.name == "tf.function, steps in a loop"]
    before = arrays(found.generator.variables)
    candidate.build(5)()
    far = np.abs(arrays(found.generator.variables)[0] - before[0]).max()
    assert far > 2 * 0.01  # Adam moves by its rate in a step
