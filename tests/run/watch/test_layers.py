"""Layers of trained networks, measured after the run: silent units, and how much of a gradient arrives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from harness.model import Probe
from tests.run.watch.conftest import PIXELS, Array, unit


def stack(activation: str, depth: int, **more: Any) -> Any:
    import keras

    keras.utils.set_random_seed(5)
    hidden = [keras.layers.Dense(24, activation=activation, **more) for _ in range(depth)]
    return keras.Sequential([keras.Input((PIXELS,)), *hidden, keras.layers.Dense(1)])


def left(result: Any) -> float:
    """The share of the last layer's gradient that arrives at the first."""
    flow = [float(one["size"]) for one in result["flow"]]
    return flow[0] / flow[-1]


def trained(observe: Callable[[], Any], network: Any, images: Array, epochs: int = 1) -> Any:
    with observe() as seen:
        network.compile(loss="mse", optimizer="adam")
        network.fit(unit(images)[:64], np.arange(64) / 64, epochs=epochs, batch_size=16, verbose=0)
    return seen.listener


@pytest.mark.parametrize(
    ("activation", "depth", "bounds"),
    [
        ("sigmoid", 10, (0, 1e-5)),
        ("sigmoid", 2, (1e-2, 100)),
        ("tanh", 10, (0.1, 100)),
        ("relu", 10, (0.1, 100)),
    ],
)
def test_a_deep_stack_of_sigmoids_lets_no_gradient_through(
    observe: Callable[[], Any], images: Array, activation: str, depth: int, bounds: tuple[float, float]
) -> None:
    result = trained(observe, stack(activation, depth), images).probe("layers")
    assert len(result["flow"]) == depth + 1
    assert bounds[0] < left(result) < bounds[1]


def test_what_arrives_is_the_same_after_few_updates_and_after_many(
    observe: Callable[[], Any], images: Array
) -> None:
    few = left(trained(observe, stack("sigmoid", 8), images).probe("layers"))
    many = left(trained(observe, stack("sigmoid", 8), images, epochs=30).probe("layers"))
    assert 0.1 < few / many < 10


@pytest.mark.parametrize(("bias", "silent"), [(-50.0, [24, 24]), (0.0, [0, 0])])
def test_units_that_never_fire_are_counted(
    observe: Callable[[], Any], images: Array, bias: float, silent: Sequence[int]
) -> None:
    import keras

    start = keras.initializers.Constant(bias)
    result = trained(observe, stack("relu", 2, bias_initializer=start), images).probe("layers")
    assert [one["units"] for one in result["silent"]] == [24, 24]
    counted = [one["silent"] for one in result["silent"]]
    assert counted == silent if bias else max(counted) < 24


def test_frozen_layers_have_no_part_in_the_flow(observe: Callable[[], Any], images: Array) -> None:
    network = stack("relu", 3)
    network.layers[0].trainable = False
    result = trained(observe, network, images).probe("layers")
    assert [one["layer"] for one in result["flow"]] == [layer.name for layer in network.layers[1:]]


def test_a_network_that_was_not_trained_is_not_measured(observe: Callable[[], Any], images: Array) -> None:
    with observe() as seen:
        stack("relu", 2).predict(unit(images)[:32], verbose=0)
    assert [one for one in seen.listener.all(Probe) if one.name == "layers"] == []


def test_rows_that_are_all_alike_say_nothing(observe: Callable[[], Any], images: Array) -> None:
    network = stack("relu", 2)
    with observe() as seen:
        network.compile(loss="mse", optimizer="adam")
        network.fit(np.ones((64, PIXELS)), np.ones(64), verbose=0)
    assert [one for one in seen.listener.all(Probe) if one.name == "layers"] == []
