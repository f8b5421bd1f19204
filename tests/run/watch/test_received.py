"""What reaches a network inside a traced step, with the values that it has there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.run.watch.conftest import PIXELS, Array


@pytest.mark.parametrize(("divisor", "high"), [(1.0, 255.0), (255.0, 1.0)])
def test_values_are_those_behind_the_scaling_of_the_step(
    observe: Callable[[], Any], images: Array, divisor: float, high: float
) -> None:
    import keras
    import tensorflow as tf

    network = keras.Sequential([keras.Input((PIXELS,)), keras.layers.Dense(4)])
    optimizer = keras.optimizers.Adam()

    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(network(x / divisor) ** 2)
        weights = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return loss

    rows = images[:32].reshape(32, -1).astype("float32")
    with observe() as seen:
        tf.function(step)(tf.constant(rows))
    (one,) = seen.listener.probe("received")["arrays"]
    assert (one["origin"], one["shape"], one["finite"]) == ("data-set", [32, PIXELS], True)
    assert one["low"] >= 0
    assert 0.5 * high < one["high"] <= high


def test_what_ends_in_a_reshaping_is_still_its_maker_s(observe: Callable[[], Any], images: Array) -> None:
    import keras
    import tensorflow as tf

    maker = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(PIXELS, activation="tanh"), keras.layers.Reshape((PIXELS, 1))]
    )
    judge = keras.Sequential([keras.Input((PIXELS, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    optimizer = keras.optimizers.Adam()

    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(judge(maker(tf.random.normal((32, 8)))) - judge(x))
        weights = judge.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return loss

    rows = images[:32].reshape(32, -1, 1).astype("float32")
    with observe() as seen:
        tf.function(step)(tf.constant(rows))
    arrays = seen.listener.probe("received")["arrays"]
    judged = {(one["origin"], tuple(one["shape"])) for one in arrays if one["shape"][1] == PIXELS}
    assert judged == {("model", (32, PIXELS, 1)), ("data-set", (32, PIXELS, 1))}


def test_a_network_used_by_its_own_call_is_seen(observe: Callable[[], Any], images: Array) -> None:
    import keras
    import tensorflow as tf

    network = keras.Sequential([keras.Input((PIXELS,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.Adam()
    rows = tf.constant(images[:32].reshape(32, -1).astype("float32"))
    with observe() as seen:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(network.call(rows, training=True) ** 2)
        weights = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        network(rows)
    calls = seen.listener.calls("call")
    assert [call.inputs[0].shape for call in calls] == [(32, PIXELS), (32, PIXELS)]
