"""A small network as it was seen, and calls that fit it."""

from __future__ import annotations

from harness.model import Call, LayerSeen, ModelSeen
from tests.rules._traces import array, call, compiled, layer, model


def network(*layers: LayerSeen, number: int = 0, outputs: tuple[int | None, ...] = (None, 1)) -> ModelSeen:
    return model(number, "m", *layers, inputs=((None, 4),), outputs=(outputs,))


def dense(units: int, activation: str | None = None) -> LayerSeen:
    return layer("Dense", None, units, activation=activation, parameters=5 * units)


DEEP = network(dense(8, "relu"), dense(1))
MSE = compiled(0, "mean_squared_error")


def fit(low: float, high: float, **more: object) -> Call:
    inputs = (array(64, 4, low=low, high=high),)
    return call("fit", 0, line=3, inputs=inputs, targets=(array(64),), **more)  # type: ignore[arg-type]
