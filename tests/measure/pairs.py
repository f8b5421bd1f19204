"""Small generator/discriminator pairs for the tests, on whatever backend the process has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from harness.measure.fused import FusedGan
from harness.measure.pair import Array, Pair

LATENT = 6
SIDE = 8


def images(n: int = 64, side: int = SIDE) -> Array:
    """Bright squares at random places on a dark ground, in [-1, 1]."""
    rng = np.random.default_rng(0)
    pictures = np.full((n, side, side, 1), -1, np.float32)
    for picture in pictures:
        row, column = rng.integers(0, side - 3, 2)
        picture[row : row + 3, column : column + 3] = 1
    return pictures


def generator(activation: str | None = "tanh", batch_norm: bool = True) -> Any:
    middle = [keras.layers.BatchNormalization(momentum=0.8)] if batch_norm else []
    return keras.Sequential(
        [
            keras.Input((LATENT,)),
            keras.layers.Dense(16),
            *middle,
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Dense(SIDE * SIDE, activation=activation),
            keras.layers.Reshape((SIDE, SIDE, 1)),
        ],
        name="generator",
    )


def discriminator(activation: str | None = "sigmoid", dropout: float = 0.2) -> Any:
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(16),
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(1, activation=activation),
        ],
        name="discriminator",
    )


def plain_pair(seed: int = 1, **changes: Any) -> Pair:
    """A sound pair; ``changes`` replace parts of it."""
    keras.utils.set_random_seed(seed)
    parts: dict[str, Any] = {"generator": generator(), "discriminator": discriminator(), "real": images()}
    return Pair(**{**parts, **changes})


def fused_pair(
    seed: int = 1, kind: Callable[[Pair], Any] = FusedGan, optimizer: Any = "adam", **changes: Any
) -> Pair:
    """A sound pair with its own ``gan`` of class ``kind``, compiled."""
    pair = plain_pair(seed, **changes)
    gan = kind(pair)
    gan.compile(optimizer)
    return Pair(pair.generator, pair.discriminator, pair.real, gan)
