"""Pairs of any kind: one that learns a distribution of numbers, and all that may go wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from harness.measure.convergence import Floors
from harness.measure.learning import check_learns
from harness.measure.pair import Losses, Pair
from harness.measure.results import CheckFailed

REAL = np.random.default_rng(0).normal(4, 0.5, (300, 1)).astype("float32")


def pair(**changes: Any) -> Pair:
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
    critic = keras.Sequential([keras.Input((1,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
    return replace(Pair(generator, critic, REAL), **changes)


@pytest.mark.slow
def test_a_sound_pair_learns() -> None:
    improved, reached = check_learns(pair, epochs=60)
    assert improved.figures["better"] == 1
    assert reached.figures["least_coverage"] > 0.15


def nan(_: Any) -> Any:
    return keras.ops.mean(_) * float("nan")


def backwards() -> Pair:
    """The generator is taught to be found out."""
    softplus = keras.ops.softplus
    return pair(
        losses=Losses(
            discriminator=lambda real, fake: keras.ops.mean(softplus(-real) + softplus(fake)),
            generator=lambda fake: keras.ops.mean(softplus(fake)),
        )
    )


@pytest.mark.parametrize(
    ("build", "epochs", "message"),
    [
        (backwards, 10, r"improves-on-epoch-0: .*0 of 1 better"),
        (lambda: pair(real=REAL[:60]), 1, r"real-data: expected at least 80 samples to learn from; found 60"),
        (
            lambda: pair(real=REAL[:0]),
            1,
            r"real-data: expected at least one real sample; found an empty array",
        ),
        (
            lambda: pair(losses=Losses(lambda real, fake: keras.ops.mean(fake), nan)),
            1,
            r"finite-samples: expected finite numbers in every generated sample; found NaN or infinity",
        ),
    ],
    ids=["taught-to-be-caught", "too-few", "none", "nan"],
)
def test_a_pair_that_does_not_learn_fails(build: Callable[[], Pair], epochs: int, message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        check_learns(build, epochs=epochs)


@pytest.mark.parametrize(
    ("floors", "message"),
    [
        (Floors(frechet=1e-6, digit_share=0), "reaches-floors: .*Fréchet <= 1e-06"),
        (Floors(frechet=float("inf"), coverage=1.0, digit_share=0), "reaches-floors: .*coverage >= 1;"),
    ],
)
def test_floors_of_ones_own_are_kept(floors: Floors, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A training that makes anything better, without the time that it takes.
    monkeypatch.setattr(
        "harness.measure.learning._train",
        lambda pair, *rest: pair.generator.layers[-1].bias.assign([4.0]),
    )
    with pytest.raises(CheckFailed, match=message):
        check_learns(pair, epochs=1, floors=floors)


def test_features_and_a_gan_of_ones_own_are_used() -> None:
    asked: list[int] = []

    class Moves(keras.Model):  # type: ignore[misc]  # Keras ships no annotations
        """Trains by moving the generator to where the samples are."""

        def __init__(self, generator: Any) -> None:
            super().__init__()
            self.generator = generator

        def fit(self, real: Any, **arguments: Any) -> None:
            asked.append(arguments["epochs"])
            self.generator.layers[-1].bias.assign([float(real.mean())])

        def call(self, real: Any) -> Any:
            return self.generator(keras.ops.zeros((len(real), 3)))

    def build() -> Pair:
        found = pair()
        return replace(found, gan=Moves(found.generator))

    def cubes(samples: Any) -> Any:
        asked.append(len(samples))
        return np.concatenate([samples, samples**2], axis=1)

    check_learns(build, epochs=7, features=cubes)
    assert asked == [150, 150, 150, 7, 150, 150, 150]
