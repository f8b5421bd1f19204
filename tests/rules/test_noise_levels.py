"""Mixtures of examples and noise: both factors are roots of variances."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

RULE = "noise-level-without-square-root"
CODE = """\
shares = np.cumprod(1 - betas)
roots = np.sqrt(shares)
rest = 1.0 - shares
sqrt_rest = {rest}


def extract(table, t):
    return tf.reshape(tf.gather(table, t), (-1, 1))


def mix(x, t, noise):
    a = tf.gather(shares, t)
    drawn = tf.random.normal(tf.shape(x))
    return {mixed}
"""


def lines(mixed: str, rest: str = "np.sqrt(1.0 - shares)") -> list[int]:
    return [match.line for match in matches(RULE, evidence(CODE.format(mixed=mixed, rest=rest)))]


@pytest.mark.parametrize(
    "mixed",
    [
        "tf.sqrt(a) * x + (1 - a) * drawn",
        "(1.0 - a) * drawn + x * a**0.5",
        "tf.sqrt(a) * x + (1 - a) * noise",
        "a * x + tf.sqrt(1 - a) * drawn",
        "roots[t] * x + rest[t] * drawn",
        "extract(roots, t) * x + extract(rest, t) * noise",
        "tf.sqrt(shares[t]) * x + tf.cast(rest[t], tf.float32) * drawn",
    ],
)
def test_a_factor_that_lacks_its_root_is_told(mixed: str) -> None:
    assert lines(mixed) == [14]


@pytest.mark.parametrize(
    "mixed",
    [
        "tf.sqrt(a) * x + tf.sqrt(1 - a) * drawn",
        "roots[t] * x + sqrt_rest[t] * drawn",
        "extract(roots, t) * x + extract(sqrt_rest, t) * noise",
        "a * x + (1 - a) * drawn",  # a path that is straight on purpose
        "a * x + tf.sqrt(1 - a**2) * drawn",
        "tf.sqrt(a) * x + (1 - a) * y",  # no noise
        "tf.sqrt(a) * noise + (1 - a) * drawn",
        "tf.sqrt(a) * x + (1 - t) * drawn",
    ],
)
def test_other_mixtures_are_left_alone(mixed: str) -> None:
    assert lines(mixed) == []


def test_a_table_that_is_named_a_root_and_is_none_is_told_where_it_is_made() -> None:
    assert lines("roots[t] * x + sqrt_rest[t] * drawn", rest="1.0 - shares") == [4]


def test_attributes_of_a_schedule_are_followed() -> None:
    text = """\
class Diffusion:
    def __init__(self, bars):
        self.bars = bars
        self.roots = tf.sqrt(self.bars)
        self.rest = {}

    def mix(self, x, t, eps):
        return tf.gather(self.roots, t) * x + tf.gather(self.rest, t) * eps
"""
    assert [m.line for m in matches(RULE, evidence(text.format("1.0 - self.bars")))] == [8]
    assert not matches(RULE, evidence(text.format("tf.sqrt(1.0 - self.bars)")))
