"""Operations and bytes of a step, counted by hand."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from harness.measure.throughput.counting import Cost, step_cost

DENSE_G = 100 * 128, 128 * 784  # multiply-adds of its layers
DENSE_D = 784 * 128, 128 * 1


def dense(*, dropout: bool = False) -> tuple[Any, Any]:
    generator = keras.Sequential([keras.Input((100,)), layers.Dense(128), layers.Dense(784)])
    random = [layers.Dropout(0.5)] if dropout else []
    discriminator = keras.Sequential([keras.Input((784,)), layers.Dense(128), *random, layers.Dense(1)])
    return generator, discriminator


def test_operations_of_a_dense_pair() -> None:
    generator = 2 * sum(DENSE_G) + DENSE_G[1]  # forward, for weights; for inputs above the first layer
    discriminator = 2 * sum(DENSE_D) + 2 * sum(DENSE_D) + 2 * DENSE_D[1] + sum(DENSE_D)
    assert step_cost(*dense(), 10).flops == 2 * 10 * (generator + discriminator)


def test_a_discriminator_that_draws_is_run_once_more() -> None:
    once, drawn = step_cost(*dense(), 1), step_cost(*dense(dropout=True), 1)
    assert drawn.flops - once.flops == 2 * sum(DENSE_D)


def test_bytes_of_a_pair_of_one_layer_each() -> None:
    generator = keras.Sequential([keras.Input((3,)), layers.Dense(5, use_bias=False)])
    discriminator = keras.Sequential([keras.Input((5,)), layers.Dense(1, use_bias=False)])
    made, judged = 7 * (3 + 5) + 15, 7 * (5 + 1) + 5  # one product's numbers at batch size 7
    expected = 4 * (2 * made + 5 * judged + 8 * (15 + 5))
    assert step_cost(generator, discriminator, 7) == Cost(2 * 7 * (2 * 15 + 5 * 5), expected)


@pytest.mark.parametrize(
    ("layer", "madds"),
    [
        (layers.Conv2D(6, 3, padding="same"), 3 * 3 * 4 * 6 * 8 * 8),
        (layers.Conv2D(6, 3, strides=2, padding="same"), 3 * 3 * 4 * 6 * 4 * 4),
        (layers.Conv2D(6, 3, groups=2, padding="same"), 3 * 3 * 2 * 6 * 8 * 8),
        (layers.Conv2DTranspose(6, 3, strides=2, padding="same"), 3 * 3 * 4 * 6 * 8 * 8),
        (layers.Dense(6), 4 * 6 * 8 * 8),
        (layers.UpSampling2D(), 0),
    ],
)
def test_operations_of_a_layer(layer: Any, madds: int) -> None:
    nothing = keras.Sequential([keras.Input((1,)), layers.Flatten()])
    model = keras.Sequential([keras.Input((8, 8, 4)), keras.Sequential([keras.Input((8, 8, 4)), layer])])
    # Forward twice, for weights twice, and once down to the pixels.
    assert step_cost(nothing, model, 1).flops == 2 * 5 * madds
