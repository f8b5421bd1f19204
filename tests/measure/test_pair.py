"""What a pair's models tell of themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers, ops

from harness.measure.pair import last_activation


def functional(end: Callable[[Any], Any]) -> keras.Model:
    inputs = keras.Input((4,))
    return keras.Model(inputs, end(layers.Dense(6)(inputs)))


@pytest.mark.parametrize(
    ("end", "name"),
    [
        (ops.tanh, "tanh"),
        (lambda x: ops.reshape(ops.sigmoid(x), (-1, 2, 3)), "sigmoid"),
        (lambda x: layers.Reshape((2, 3))(layers.Activation("tanh")(x)), "tanh"),
        (lambda x: x, "linear"),
        (lambda x: ops.tanh(x) / 2, None),
        (lambda x: layers.LeakyReLU()(x), None),
    ],
)
def test_the_last_activation_may_be_an_operation(end: Callable[[Any], Any], name: str | None) -> None:
    assert last_activation(functional(end)) == name
    inside = keras.Sequential([keras.Input((4,)), functional(end)])
    assert last_activation(inside) == name
