"""Running the two players after the run, on small batches, with their weights put back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from harness.run.watch.arrays import Array, parts, to_numpy
from harness.run.watch.context import Context
from harness.run.watch.describe import Shape, shapes
from harness.run.watch.roles import Pair
from harness.run.watch.weights import weights_of

ROWS = 32


class NotKnown(Exception):
    """A probe cannot be made; the message says why."""


class Players:
    """The networks of one pair with the arrays that each was fed."""

    def __init__(self, context: Context, pair: Pair) -> None:
        models = dict(context.known())
        self.context = context
        self.pair = pair
        self.generator = models[pair.generator]
        self.discriminator = models[pair.discriminator]
        self.combined = models.get(pair.combined) if pair.combined is not None else None

    def latent(self) -> list[Array]:
        """Inputs of the generator as the run fed them, or else noise of its input shapes."""
        streams = self.context.evidence.of(self.pair.generator)
        if self.pair.combined is not None:
            streams = streams + self.context.evidence.of(self.pair.combined)
        declared = shapes(self.generator, "inputs") or self.context.evidence.inputs.get(
            self.pair.generator, ()
        )
        for stream in streams:
            fed = list(stream.inputs)
            if fed and (not declared or _match(fed, declared)):
                return [array[:ROWS] for array in fed]
        if not declared:
            raise NotKnown("the generator's input shape is not known")
        noise = np.random.default_rng(0)
        return [noise.standard_normal(_concrete(shape)).astype(np.float32) for shape in declared]

    def fake(self) -> Array:
        """What the generator makes of its latent input."""
        return first(run(self.generator, self.latent()))

    def verdict(self, image: Array) -> Array:
        """What the discriminator says of images; other inputs are those that it was fed last."""
        given = [image]
        for stream in self.context.evidence.of(self.pair.discriminator):
            if len(stream.inputs) > 1:
                given = [array[: len(image)] for array in stream.inputs]
                sizes = [array.size // max(1, len(array)) for array in given]
                given[int(np.argmax(sizes))] = image[: min(len(array) for array in given)]
                break
        return first(run(self.discriminator, given))


def _match(fed: list[Array], declared: tuple[Shape, ...]) -> bool:
    return len(fed) == len(declared) and all(
        a.ndim == len(s) and all(n in (None, m) for n, m in zip(s[1:], a.shape[1:], strict=True))
        for a, s in zip(fed, declared, strict=True)
    )


def _concrete(shape: Shape) -> tuple[int, ...]:
    if any(length is None for length in shape[1:]):
        raise NotKnown("the generator's input shape is open")
    return (ROWS, *(int(length or 1) for length in shape[1:]))


def run(model: Any, inputs: list[Array]) -> Any:
    """A model's output on arrays, without training behaviour."""
    value: Any = [np.asarray(array) for array in inputs]
    value = value[0] if len(value) == 1 else value
    try:
        return model(value, training=False)
    except TypeError:
        return model(value)


def first(value: Any) -> Array:
    """The first array of a model's output."""
    for part in parts(value):
        array = to_numpy(part)
        if array is not None:
            return np.array(array)
    raise NotKnown("the model put out no array")


def arrays(value: Any) -> list[Array]:
    """All arrays of a model's output."""
    found = [to_numpy(part) for part in parts(value)]
    return [np.array(array) for array in found if array is not None]


@contextmanager
def restored(*models: Any) -> Iterator[None]:
    """Puts the weights of models back as they were."""
    held = [(variable, np.array(np.asarray(variable))) for model in models for variable in weights_of(model)]
    try:
        yield
    finally:
        for variable, value in held:
            variable.assign(value)


def disturb(model: Any) -> None:
    """Other weights of the same spread, always the same ones."""
    noise = np.random.default_rng(1)
    for variable in weights_of(model):
        value = np.asarray(variable)
        if value.dtype.kind == "f":
            spread = float(np.abs(value).mean()) or 0.1
            variable.assign((value + noise.normal(0, spread, value.shape)).astype(value.dtype))
