"""Straight-through estimators that hand on the wrong one of two values."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

CODE = """\
def nearest(x):
    return tf.gather(codes, tf.argmin(distances(x), axis=1))


def call(x):
    {made}
    return {value}
"""


@pytest.mark.parametrize(
    "made",
    [
        "q = tf.gather(codes, ops.argmin(distances(x), axis=1))",
        "q = tf.round(x)",
        "q = nearest(x)",
        "q = tf.matmul(tf.one_hot(tf.argmax(x), 8), codes)",
    ],
)
@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("q + tf.stop_gradient(x - q)", [7]),
        ("ops.stop_gradient(x - q) + q", [7]),
        ("x + tf.stop_gradient(q - x)", []),
        ("q + tf.stop_gradient(q - x)", []),  # another mistake, if any
        ("q - tf.stop_gradient(x - q)", []),
        ("q + (x - q)", []),
    ],
)
def test_the_value_is_that_of_what_was_quantised(made: str, value: str, found: list[int]) -> None:
    text = CODE.format(made=made, value=value)
    assert [match.line for match in matches("straight-through-reversed", evidence(text))] == found


def test_what_nothing_quantises_is_left_alone() -> None:
    text = CODE.format(made="q = dense(x)", value="q + tf.stop_gradient(x - q)")
    assert not matches("straight-through-reversed", evidence(text))
    both = CODE.format(made="x, q = tf.round(x), tf.round(x)", value="q + tf.stop_gradient(x - q)")
    assert not matches("straight-through-reversed", evidence(both))
