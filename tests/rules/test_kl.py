"""The sign of a divergence is followed into the loss: through variables, sums and the gradient taken."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

STEP = """
def train_step(x, mean, log_var, rest):
    with tf.GradientTape() as tape:
        kl = {kl}
        kl = tf.reduce_mean(tf.reduce_sum(kl, axis=1))
        loss = {loss}
    gradients = tape.gradient(loss, weights)
    return {{"loss": loss}}
"""
SUM = "(1 + log_var - tf.square(mean) - tf.exp(log_var))"


@pytest.mark.parametrize(
    ("kl", "loss", "wrong"),
    [
        (f"-0.5 * {SUM}", "rest + kl", False),
        (f"0.5 * {SUM}", "rest + kl", True),
        (f"0.5 * {SUM}", "rest - kl", False),
        (SUM, "rest - 0.5 * 0.01 * kl", False),
        (SUM, "rest + 0.5 * 0.01 * kl", True),
        (SUM, "rest + beta * kl", False),  # the factor's sign is not known
        ("-0.5 * (1 + log_var - mean**2 - tf.exp(log_var))", "rest + kl", False),
        ("0.5 * (tf.exp(log_var) + mean**2 - 1 - log_var)", "rest + kl", False),
    ],
)
def test_a_divergence_must_enter_the_loss_with_a_negative_factor(kl: str, loss: str, wrong: bool) -> None:
    found = matches("kl-sign-or-scale", evidence(STEP.format(kl=kl, loss=loss)))
    assert bool(found) is wrong


@pytest.mark.parametrize(
    ("kl", "wrong"),
    [
        ("-0.5 * (1 + log_var - tf.square(mean) - log_var)", True),
        ("0.5 * (mean**2 + log_var - 1 - log_var)", True),
        ("-0.5 * (1 + log_var - tf.square(mean) - variance)", False),  # whose logarithm the other is
        ("-0.5 * (1 + log_var - tf.square(mean) - tf.exp(log_var))", False),
        ("1 + left - tf.square(mean) + left", False),
    ],
)
def test_a_log_variance_that_is_taken_away_again_lacks_its_exponential(kl: str, wrong: bool) -> None:
    found = matches("kl-sign-or-scale", evidence(STEP.format(kl=kl, loss="rest + kl")))
    assert [("taken away again" in match.message) for match in found] == [True] * wrong


MADE_IN_TWO_STEPS = """\
def train_step(self, data):
    with tf.GradientTape() as tape:
        fit_loss = loss(data, self(data))
        kl_loss = -0.5 * (1 + log_var - tf.exp(log_var))
        kl_loss = tf.reduce_mean(kl_loss)
        total = fit_loss{term}
    tape.gradient(total, self.trainable_weights)
    return {{"loss": total, "kl": kl_loss}}
"""


@pytest.mark.parametrize(("term", "lines"), [("", [5]), (" + kl_loss", [])])
def test_a_term_that_is_made_of_its_former_self_is_not_used_by_that(term: str, lines: list[int]) -> None:
    found = matches("loss-term-not-added", evidence(MADE_IN_TWO_STEPS.format(term=term)))
    assert [match.line for match in found] == lines


@pytest.mark.parametrize(("sign", "total", "found"), [("", "+", [2]), ("-", "+", []), ("", "-", [])])
def test_a_divergence_that_is_one_of_several_results_is_followed(
    sign: str, total: str, found: list[int]
) -> None:
    program = (
        "def terms(x, mean, v):\n"
        f"    kl = {sign}0.5 * tf.reduce_mean(1 + v - tf.square(mean) - tf.exp(v))\n"
        "    return error(x), kl\n\n\n"
        "with tf.GradientTape() as tape:\n"
        "    error_, kl_ = terms(x, mean, v)\n"
        f"    loss = error_ {total} kl_\n"
        "gradients = tape.gradient(loss, weights)\n"
    )
    assert [match.line for match in matches("kl-sign-or-scale", evidence(program))] == found
