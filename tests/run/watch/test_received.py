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
