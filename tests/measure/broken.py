"""Pairs with one fault each, for the checks to find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from harness.measure.functional import run
from harness.measure.fused import FusedGan
from harness.measure.pair import Losses, Pair, Steps
from tests.measure.pairs import LATENT, SIDE, discriminator, generator, plain_pair


class Apply(keras.layers.Layer):  # type: ignore[misc]
    """A layer that does what a function says."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    def call(self, inputs: Any) -> Any:
        return self.function(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class AlwaysTraining(keras.layers.Layer):  # type: ignore[misc]
    """Dropout that is also at work in inference."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = keras.layers.Dropout(0.5)

    def call(self, inputs: Any) -> Any:
        return self.dropout(inputs, training=True)


class NeverTraining(AlwaysTraining):
    """Dropout that is not at work in training."""

    def call(self, inputs: Any) -> Any:
        return self.dropout(inputs, training=False)


def with_layer(model: Any, layer: Any, at: int) -> Any:
    """A Sequential with one more layer before its ``at``-th."""
    parts = list(model.layers)
    return keras.Sequential([keras.Input(model.input_shape[1:]), *parts[:at], layer, *parts[at:]])


def poisoned() -> Pair:
    found = plain_pair()
    weights = found.generator.get_weights()
    weights[0][0, 0] = np.nan
    found.generator.set_weights(weights)
    return found


def frozen() -> Pair:
    found = plain_pair()
    found.discriminator.trainable = False
    return found


def frozen_norm() -> Pair:
    found = plain_pair()
    found.generator.layers[1].trainable = False
    return found


def dead() -> Pair:
    model = discriminator()
    kernel, *rest = model.get_weights()
    model.set_weights([kernel, rest[0] - 1e4, *rest[1:]])
    flat, dense, _, dropout, last = model.layers
    relu = keras.layers.ReLU(name="relu")
    return plain_pair(
        discriminator=keras.Sequential([keras.Input((SIDE, SIDE, 1)), flat, dense, relu, dropout, last])
    )


def flat_generator() -> Any:
    return keras.Sequential([keras.Input((LATENT,)), *generator().layers[:-1]])


def two_headed() -> Any:
    inputs = keras.Input((SIDE, SIDE, 1))
    hidden = keras.layers.Flatten()(inputs)
    return keras.Model(inputs, [keras.layers.Dense(1)(hidden), keras.layers.Dense(1)(hidden)])


def two_units() -> Any:
    return keras.Sequential([keras.Input((SIDE, SIDE, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])


class OneSum(FusedGan):
    """Both losses added as one number; ``cut`` and ``frozen`` say which gradients are stopped."""

    cut, frozen = True, True

    def call(self, real: Any, training: bool = True) -> Any:
        losses = self.both(real, training)
        self.add_loss(losses[0] + losses[1])
        return real

    def both(self, real: Any, training: bool) -> tuple[Any, Any]:
        latent = keras.random.normal((keras.ops.shape(real)[0], *self.latent_shape), seed=self.seed_generator)
        fake = self.generator(latent, training=training)
        shown = keras.ops.stop_gradient(fake) if self.cut else fake
        stop = keras.ops.stop_gradient if self.frozen else (lambda value: value)
        weights = [stop(v.value) for v in self.discriminator.trainable_variables]
        return (
            self.pair_losses.discriminator(
                self.discriminator(real, training=training), self.discriminator(shown, training=training)
            ),
            self.pair_losses.generator(run(self.discriminator, weights, fake, training)),
        )


class LeakySum(OneSum):
    frozen = False


class Leaky(OneSum):
    """Two losses, of which the generator's also reaches the discriminator."""

    frozen = False

    def call(self, real: Any, training: bool = True) -> Any:
        for loss in self.both(real, training):
            self.add_loss(loss)
        return real


class Uncut(Leaky):
    """Two losses, of which the discriminator's also reaches the generator."""

    cut, frozen = False, True


class GeneratorOnly(OneSum):
    """The discriminator is never trained."""

    def call(self, real: Any, training: bool = True) -> Any:
        self.add_loss(self.both(real, training)[1])
        return real


class Forgetful(FusedGan):
    """Compiles itself anew before every fit."""

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        self.compile("adam")
        return super().fit(*args, **kwargs)


class Refusing(FusedGan):
    """Cannot be trained."""

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        raise ValueError("no more images\nthan these")


def swapped(consistently: bool) -> Losses:
    """The convention fake = 1, real = 0, for both players or for the discriminator alone."""

    def cross_entropy(output: Any, target: float) -> Any:
        return keras.ops.mean(keras.ops.binary_crossentropy(keras.ops.full_like(output, target), output))

    return Losses(
        discriminator=lambda real, fake: cross_entropy(real, 0.0) + cross_entropy(fake, 1.0),
        generator=lambda fake: cross_entropy(fake, 0.0 if consistently else 1.0),
    )


def with_steps(kind: str) -> Pair:
    found = plain_pair()

    def move(model: Any) -> None:
        for variable in model.trainable_variables:
            variable.assign(variable.value + 0.01)

    def generator_step(batch: int) -> None:
        if kind != "idle":
            move(found.generator)
        if kind == "both":
            move(found.discriminator)

    return replace(found, steps=Steps(lambda real: move(found.discriminator), generator_step))


def blind() -> Any:
    return with_layer(discriminator(), Apply(lambda x: x * 0), 0)


def exploding() -> Any:
    return with_layer(generator(None), Apply(lambda x: keras.ops.exp(keras.ops.abs(x))), 1)


def half() -> Any:
    return with_layer(generator(), Apply(lambda x: keras.ops.cast(x, "float16")), 5)


def logarithm() -> Any:
    return with_layer(discriminator(None), Apply(lambda x: keras.ops.log(x - 1e6)), 5)


def centred() -> Any:
    return with_layer(discriminator(), Apply(lambda x: x - keras.ops.mean(x, axis=0, keepdims=True)), 2)


def cut_off() -> Any:
    return with_layer(discriminator(), Apply(keras.ops.stop_gradient), 3)
