"""Gradient penalties as text: their sign, their norm and the points at which they are taken."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

PENALTY = """\
def penalty(real, fake):
    alpha = tf.random.{draw}([n, 1, 1, 1])
    mixed = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(mixed)
        score = critic(mixed)
    grads = tape.gradient(score, [mixed])[0]
    slope = {slope}
    return tf.reduce_mean({kept})
"""
KEPT = "(slope - 1.0) ** 2"


@pytest.mark.parametrize(
    ("slope", "whole"),
    [
        ("tf.sqrt(tf.reduce_sum(tf.square(grads)))", True),
        ("tf.sqrt(1e-12 + tf.reduce_sum(grads ** 2))", True),
        ("tf.norm(grads)", True),
        ("tf.norm(grads, axis=1)", False),
        ("tf.norm(grads, 2, [1, 2, 3])", False),
        ("tf.sqrt(tf.reduce_sum(tf.square(grads), axis=[1, 2, 3]))", False),
        ("tf.sqrt(tf.reduce_sum(tf.square(grads), [1, 2, 3]))", False),
        ("tf.norm(tf.reshape(grads, [n, -1]), axis=1)", False),
    ],
)
def test_the_norm_of_a_penalty_is_one_for_each_example(slope: str, whole: bool) -> None:
    found = matches(
        "gradient-penalty-over-batch", evidence(PENALTY.format(draw="uniform", slope=slope, kept=KEPT))
    )
    assert [match.line for match in found] == ([8] if whole else [])


def test_a_norm_that_nothing_is_held_to_is_only_shown() -> None:
    text = PENALTY.format(draw="uniform", slope="tf.norm(grads)", kept="slope")
    assert matches("gradient-penalty-over-batch", evidence(text)) == []


def test_a_sum_with_a_name_of_its_own_is_followed() -> None:
    text = PENALTY.format(
        draw="uniform", slope="tf.reduce_sum(tf.square(grads)); slope = tf.sqrt(slope)", kept=KEPT
    )
    assert [match.line for match in matches("gradient-penalty-over-batch", evidence(text))] == [8]


@pytest.mark.parametrize("name", ["penalty", "train_step"])
@pytest.mark.parametrize(("draw", "outside"), [("normal", True), ("uniform", False)])
def test_points_are_drawn_between_the_examples_wherever_it_is_written(
    name: str, draw: str, outside: bool
) -> None:
    text = PENALTY.format(draw=draw, slope="tf.norm(grads, axis=1)", kept=KEPT).replace(
        "def penalty", f"def {name}"
    )
    assert bool(matches("gradient-penalty-interpolation-not-uniform", evidence(text))) is outside


@pytest.mark.parametrize(
    ("loss", "subtracted"),
    [
        ("d_loss = fake - real - 10 * gp", True),
        ("d_loss = tf.reduce_mean(fake - real - self.weight * gradient_penalty)", True),
        ("d_loss = -(real - fake + 10 * gp)", True),
        ("d_loss = fake - real; d_loss -= 10 * gradient_penalty(mixed)", True),
        ("d_loss = fake - real + 10 * gp", False),
        ("d_loss = -(real - fake - 10 * gp)", False),
        ("d_loss = real - fake - 10 * gp; grads = tape.gradient(-d_loss, v)", False),
        ("advantage = real - fake - 10 * gp", False),
        ("d_loss = fake - real - entropy", False),
    ],
)
def test_a_penalty_is_added_to_what_is_minimised(loss: str, subtracted: bool) -> None:
    found = matches("gradient-penalty-subtracted", evidence(f"def step():\n    {loss}"))
    assert [match.line for match in found] == ([2] if subtracted else [])
