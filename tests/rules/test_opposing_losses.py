"""Losses of networks that play against each other, in one hand-written step."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

STEP = """\
def step(x, z, labels):
    both = G.trainable_variables + E.trainable_variables
    with tf.GradientTape() as one, tf.GradientTape() as two:
        of_e, of_g = D([x, E(x)]), D([G(z), z])
        ones, zeros = tf.ones_like(of_e), tf.zeros_like(of_e)
        judging = bce(ones, of_e) + bce(zeros, of_g){also}
        making = {making}
    a = one.gradient(judging, D.trainable_variables)
    b = two.gradient(making, {trained})
"""


def lines(making: str, trained: str = "both", also: str = "") -> list[int]:
    text = STEP.format(making=making, trained=trained, also=also)
    return [match.line for match in matches("same-term-in-opposing-losses", evidence(text))]


@pytest.mark.parametrize(
    ("making", "trained"),
    [
        ("bce(ones, of_e) + bce(ones, of_g)", "both"),
        ("bce(zeros, of_e) + 0.5 * bce(zeros, of_g)", "both"),
        ("bce(zeros, of_g)", "G.trainable_variables"),
        ("bce(ones, of_e)", "E.trainable_variables + G.trainable_variables"),
    ],
)
def test_a_term_of_both_losses_is_told(making: str, trained: str) -> None:
    assert lines(making, trained) == [7]


@pytest.mark.parametrize(
    ("making", "trained", "also"),
    [
        ("bce(zeros, of_e) + bce(ones, of_g)", "both", ""),
        ("scce(labels, of_g)", "both", " + scce(labels, of_g)"),  # a classifier's
        ("bce(ones, of_e)", "G.trainable_variables", ""),  # G has no part in it
        ("bce(ones, of_e)", "both + D.trainable_variables", ""),  # one game for all
        ("mse(x, G(E(x)))", "both", " + mse(x, G(E(x)))"),
    ],
)
def test_other_terms_are_left_alone(making: str, trained: str, also: str) -> None:
    assert lines(making, trained, also) == []
