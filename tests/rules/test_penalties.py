"""Gradient penalties as text: their sign, their norm and the points at which they are taken."""

from __future__ import annotations

import pytest

from harness.model import ModelSeen
from tests.rules._traces import evidence, matches, model

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


IMAGES = model(0, "critic", inputs=((None, 28, 28, 1),), outputs=((None, 1),))
ROWS = model(0, "critic", inputs=((None, 784),), outputs=((None, 1),))


@pytest.mark.parametrize(
    ("critic", "slope", "found"),
    [
        (IMAGES, "tf.sqrt(tf.reduce_sum(tf.square(grads), axis=1))", [8]),
        (IMAGES, "tf.norm(grads, axis=[1])", [8]),
        (IMAGES, "tf.norm(grads, axis=[1, 2, 3])", []),
        (IMAGES, "tf.norm(tf.reshape(grads, [n, -1]), axis=1)", []),
        (ROWS, "tf.norm(grads, axis=1)", []),
    ],
)
def test_the_norm_of_images_goes_over_all_their_axes(critic: ModelSeen, slope: str, found: list[int]) -> None:
    known = evidence(PENALTY.format(draw="uniform", slope=slope, kept=KEPT), critic)
    assert [match.line for match in matches("gradient-penalty-over-one-axis", known)] == found


@pytest.mark.parametrize(("at", "found"), [("real", [7]), ("mixed", [])])
def test_the_points_between_are_where_the_gradient_is_taken(at: str, found: list[int]) -> None:
    text = PENALTY.format(draw="uniform", slope="tf.norm(grads, axis=1)", kept=KEPT)
    text = text.replace("critic(mixed)", f"critic({at})").replace("[mixed]", f"[{at}]")
    assert [match.line for match in matches("gradient-penalty-at-other-points", evidence(text))] == found


STEP = """\


def step(real):
    {before}
    with tf.GradientTape() as tape:
        {under}
        loss = mean(critic(fake)) - mean(critic(real)) + 10 * gp
    tape.gradient(loss, critic.trainable_variables)
"""


@pytest.mark.parametrize(
    ("before", "under", "found"),
    [("gp = penalty(real, fake)", "pass", [13]), ("pass", "gp = penalty(real, fake)", [])],
)
def test_a_penalty_is_computed_under_the_tape(before: str, under: str, found: list[int]) -> None:
    text = PENALTY.format(draw="uniform", slope="tf.norm(grads, axis=1)", kept=KEPT)
    text += STEP.format(before=before, under=under)
    assert [match.line for match in matches("gradient-penalty-not-added", evidence(text))] == found


ROUNDS = """\


def step(real):
    for _ in range(5):
        gp = penalty(real, fake)
        with tf.GradientTape() as tape:
            loss = mean(critic(fake)) - mean(critic(real)) + 10 * gp
        tape.gradient(loss, critic.trainable_variables)
    with tf.GradientTape() as tape:
        loss = -mean(critic(fake))
    tape.gradient(loss, generator.trainable_variables)
"""


def test_the_tape_after_a_penalty_is_the_next_one() -> None:
    text = PENALTY.format(draw="uniform", slope="tf.norm(grads, axis=1)", kept=KEPT) + ROUNDS
    assert [match.line for match in matches("gradient-penalty-not-added", evidence(text))] == [14]
