"""Layers that never fire and gradients that fade, by what was measured of them after the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.model import Event, LayerSeen
from tests.rules._traces import evidence, layer, matches, model, probe

SOURCE = """
model = Sequential([
    layers.Dense(16, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
"""


def network(*layers: LayerSeen, names: Sequence[str] = ()) -> Event:
    named = (replace(one, name=name) for one, name in zip(layers, names, strict=True)) if names else layers
    return model(0, "model", *named)


def silent(*counts: tuple[str, int, int]) -> Event:
    told = [{"layer": name, "units": units, "silent": dead} for name, units, dead in counts]
    return probe("layers", (0,), rows=32, silent=told, flow=[])


def relu(units: int = 16) -> LayerSeen:
    return layer("Dense", None, units, activation="relu", parameters=units)


OUTPUT = layer("Dense", None, 1, parameters=17)
NAMES = ("a", "b", "c")


def dead(seen: Event, *layers: LayerSeen) -> list[int]:
    found = evidence(SOURCE, network(*layers or (relu(), relu(), OUTPUT), names=NAMES), seen)
    return [match.line for match in matches("dead-units", found)]


def test_a_layer_all_of_whose_units_are_silent_is_told_where_it_is_written() -> None:
    assert dead(silent(("a", 16, 3), ("b", 16, 16))) == [3]


def test_initializers_on_the_way_are_no_layers() -> None:
    source = SOURCE.replace("layers.Dense(1)", "layers.Dense(1, kernel_initializer=Constant(0.1))")
    layers = network(relu(), relu(), OUTPUT, names=NAMES)
    found = evidence(source, layers, silent(("a", 16, 3), ("b", 16, 16)))
    assert [match.line for match in matches("dead-units", found)] == [3]


def test_layers_behind_a_silent_one_are_silent_because_of_it() -> None:
    assert dead(silent(("a", 16, 16), ("b", 16, 16))) == [2]


@pytest.mark.parametrize("seen", [silent(("a", 16, 15)), silent(("a", 4, 4)), silent(("x", 16, 16))])
def test_units_that_are_silent_in_part_or_by_chance_are_left_alone(seen: Event) -> None:
    assert dead(seen) == []


def test_the_last_layer_is_left_alone() -> None:
    assert dead(silent(("c", 16, 16)), relu(), relu(), relu()) == []


def test_a_network_that_normalises_is_left_alone() -> None:
    assert dead(silent(("a", 16, 16)), relu(), layer("BatchNormalization", None, 16), OUTPUT) == []


def fading(*sizes: float | None, activation: str = "sigmoid") -> list[str]:
    names = [str(number) for number in range(len(sizes))]
    stack = [layer("Dense", None, 16, activation=activation, parameters=272) for _ in names[1:]]
    flow = [{"layer": name, "size": size} for name, size in zip(names, sizes, strict=True)]
    seen = probe("layers", (0,), rows=32, silent=[], flow=flow)
    return [m.message for m in matches("vanishing-gradient", evidence(SOURCE, network(*stack, OUTPUT), seen))]


def test_a_gradient_of_which_next_to_nothing_arrives_is_told() -> None:
    (message,) = fading(1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0)
    assert message == (
        "Of the gradient that the last layer of `model` gets, only 1e-05 arrives at its first: 5 layers "
        "squash their values by sigmoid. Use ReLU in the hidden layers."
    )


@pytest.mark.parametrize(
    ("sizes", "activation"),
    [
        ((1e-3, 1e-2, 1e-2, 0.1, 0.1, 1.0), "sigmoid"),  # six of them still learn
        ((1e-5, 1e-4, 1e-3, 1.0), "sigmoid"),  # too few layers to speak of depth
        ((0.0, 0.0, 0.0, 0.0, 0.0, 0.0), "sigmoid"),  # cut off, which is another thing
        ((1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0), "relu"),
        ((None, None, 1e-3, 1e-2, 0.1, 1.0), "sigmoid"),
    ],
)
def test_gradients_that_arrive_are_left_alone(sizes: tuple[float | None, ...], activation: str) -> None:
    assert fading(*sizes, activation=activation) == []
