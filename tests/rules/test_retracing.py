"""Compiled functions that a loop has traced anew by handing them its counter."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

PROGRAM = """\
import tensorflow as tf


{decorator}
def train_step(batch, step):
    return tf.reduce_sum(batch) * step


data = tf.data.Dataset.from_tensor_slices(tf.ones((64, 2))).batch(8)
{loop}
    {call}
"""
RANGE = "for step in range(100):"
PLAIN = "train_step(tf.ones(2), step)"


@pytest.mark.parametrize(
    ("decorator", "loop", "call", "lines"),
    [
        ("@tf.function", RANGE, PLAIN, [11]),
        ("@tf.function(jit_compile=True)", RANGE, PLAIN, [11]),
        ("@tf.function", "for step, batch in enumerate(data):", "loss = train_step(batch, step=step)", [11]),
        ("@tf.function", "for step in range(3):", PLAIN, []),
        ("@tf.function(input_signature=[SHAPE, NUMBER])", RANGE, PLAIN, []),
        ("", RANGE, PLAIN, []),
        ("@tf.function", "for step in tf.range(100):", PLAIN, []),
        ("@tf.function", RANGE, "train_step(tf.ones(2), tf.constant(step))", []),
        ("@tf.function", RANGE, "step = tf.constant(step); train_step(tf.ones(2), step)", []),
        ("@tf.function", "for step, batch in data.enumerate():", "train_step(batch, step)", []),
    ],
)
def test_a_compiled_function_is_traced_anew_for_each_value_of_a_counter(
    decorator: str, loop: str, call: str, lines: list[int]
) -> None:
    known = evidence(PROGRAM.format(decorator=decorator, loop=loop, call=call))
    assert [match.line for match in matches("retracing-in-loop", known)] == lines


def test_a_loop_inside_a_compiled_function_is_traced_once() -> None:
    text = """\
import tensorflow as tf


@tf.function
def layer(x, depth):
    return x * depth


@tf.function
def forward(x):
    for depth in range(10):
        x = layer(x, depth)
    return x
"""
    assert matches("retracing-in-loop", evidence(text)) == []
