"""A pair that comes without a training loop, made trainable."""

from __future__ import annotations

from typing import Any

import keras

from harness.measure.functional import run, standard_losses
from harness.measure.pair import Model, Pair, latent_shape


class FusedGan(keras.Model):  # type: ignore[misc]  # Keras ships no annotations
    """Both players as one model: ``compile(optimizer)`` and ``fit(real)`` train them at once.

    One backward pass serves both: the discriminator's loss is cut off from the generator by
    ``stop_gradient`` on the fakes, the generator's from the discriminator by ``stop_gradient`` on its
    weights.
    Works on TensorFlow, JAX and torch alike.
    """

    def __init__(self, pair: Pair, seed: int = 0) -> None:
        super().__init__(name="fused_gan")
        self.generator, self.discriminator = pair.generator, pair.discriminator
        self.pair_losses = pair.losses or standard_losses(pair.discriminator)
        self.latent_shape = latent_shape(pair)
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.build(pair.real.shape)

    def build(self, input_shape: Any) -> None:
        self.built = True  # the players already are

    def call(self, real: Any, training: bool = True) -> Any:
        shape = (keras.ops.shape(real)[0], *self.latent_shape)
        latent = keras.random.normal(shape, seed=self.seed_generator)
        fake = self.generator(latent, training=training)
        believed = self.discriminator(real, training=training)
        doubted = self.discriminator(keras.ops.stop_gradient(fake), training=training)
        self.add_loss(self.pair_losses.discriminator(believed, doubted))
        frozen = [keras.ops.stop_gradient(v.value) for v in self.discriminator.trainable_variables]
        self.add_loss(self.pair_losses.generator(run(self.discriminator, frozen, fake, training)))
        return fake


class Separator(keras.Model):  # type: ignore[misc]  # Keras ships no annotations
    """The discriminator alone, to be trained on fixed samples: ``fit([real, fake])``."""

    def __init__(self, pair: Pair) -> None:
        super().__init__(name="separator")
        self.discriminator: Model = pair.discriminator
        self.pair_losses = pair.losses or standard_losses(pair.discriminator)

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, samples: Any, training: bool = True) -> Any:
        real, fake = (self.discriminator(part, training=training) for part in samples)
        self.add_loss(self.pair_losses.discriminator(real, fake))
        return real
