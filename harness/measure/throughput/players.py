"""A program's two players with what it takes to train them: what every variant starts from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from harness.data import load_mnist
from harness.measure.pair import Array, Model, last_activation, latent_shape, value_range
from harness.measure.program import ProgramError, load, pair_of


@dataclass(frozen=True)
class Players:
    """Freshly initialised players; ``images`` (n, ...) are float32, as the discriminator is fed them."""

    generator: Model
    discriminator: Model
    gan: Model
    images: Array
    latent_shape: tuple[int, ...]

    @property
    def loss(self) -> Any:
        """Binary cross-entropy, on logits where the discriminator has no squashing activation."""
        return keras.losses.BinaryCrossentropy(from_logits=last_activation(self.discriminator) != "sigmoid")

    def optimizer(self) -> Any:
        """An optimizer like the program's own, with no state yet."""
        own = self.gan.optimizer
        return type(own).from_config(own.get_config())


def read_players(path: Path, data: Path, seed: int) -> Players:
    """Run a program's module level and take its players.  Raises ProgramError."""
    names = load(path, data, seed=seed)
    pair = pair_of(path, names, data)
    if pair.gan is None or getattr(pair.gan, "optimizer", None) is None:
        raise ProgramError(
            f"{path}: gan is {type(names.get('gan')).__name__}, expected a compiled keras.Model"
        )
    low, high = value_range(pair) or (0.0, 1.0)
    unit = load_mnist(data).x_train.astype(np.float32) / 255
    images = np.asarray(low + (high - low) * unit, np.float32).reshape(-1, *pair.real.shape[1:])
    return Players(pair.generator, pair.discriminator, pair.gan, images, latent_shape(pair))
