"""Does a pair learn the samples that it is given? For pairs of any kind, not of digits alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from harness.measure.convergence import Floors, Trained, check_improves, check_reaches_floors
from harness.measure.distances import (
    NEIGHBOURS,
    Floats,
    frechet,
    kernel_distance,
    memorised_share,
    neighbourhood,
)
from harness.measure.functional import built_gan
from harness.measure.fused import FusedGan
from harness.measure.pair import Array, Pair, call, check_inputs
from harness.measure.results import CheckFailed, Result
from harness.measure.scores import Score

LEAST = 16 * NEIGHBOURS  # samples; half as many have no neighbourhoods to speak of
#: Distances have the size that the features give them, so there is no bound for all; digits are not known.
FLOORS = Floors(frechet=float("inf"), digit_share=0.0)


def check_learns(
    build: Callable[[], Pair],
    *,
    epochs: int,
    seeds: int = 1,
    batch_size: int = 32,
    optimizer: Callable[[], Any] | None = None,
    features: Callable[[Array], Floats] | None = None,
    floors: Floors = FLOORS,
) -> tuple[Result, Result]:
    """Trains a new pair for each seed; each must end better than it began, and over the floors.

    One half of its real samples, drawn at random, is trained on; the other is what generated samples are
    held against, in the space of ``features`` (by default the numbers of a sample as they are).  The pair's
    own ``gan`` trains where it has one, else a FusedGan with ``optimizer()``, by default Adam(1e-3,
    beta_1=.5).  The floors are by default coverage .15 and at most half copies.  Raises CheckFailed.
    """
    runs = []
    for seed in range(seeds):
        keras.utils.set_random_seed(seed)
        pair = build()
        check_inputs(pair)
        if len(pair.real) < LEAST:
            raise CheckFailed("real-data", f"at least {LEAST} samples to learn from", str(len(pair.real)))
        order = np.random.default_rng(0).permutation(len(pair.real))
        halves = np.array_split(order, 2)
        training, held_out = pair.real[halves[0]], pair.real[halves[1]]
        before = _score(pair, training, held_out, features or _as_they_are, seed)
        _train(pair, training, epochs, batch_size, seed, optimizer)
        after = _score(pair, training, held_out, features or _as_they_are, seed)
        runs.append(Trained(seed, before, after, seconds=0.0))
    return check_improves(runs), check_reaches_floors(runs, floors)


def _train(
    pair: Pair, real: Array, epochs: int, batch_size: int, seed: int, optimizer: Callable[[], Any] | None
) -> None:
    if pair.gan is not None:
        gan = built_gan(pair)
    else:
        gan = FusedGan(pair, seed)
        gan.compile(optimizer() if optimizer else keras.optimizers.Adam(1e-3, beta_1=0.5))
    gan.fit(real, epochs=epochs, batch_size=batch_size, verbose=0)


def _score(
    pair: Pair, training: Array, held_out: Array, features: Callable[[Array], Floats], seed: int
) -> Score:
    latent = pair.latent(len(held_out), seed)
    fake = call(pair.generator, latent, check="finite-samples", player="generator")
    if not np.isfinite(fake).all():
        raise CheckFailed("finite-samples", "finite numbers in every generated sample", "NaN or infinity")
    generated, known, unseen = (features(samples) for samples in (fake, training, held_out))
    kernel, near = kernel_distance(generated, unseen), neighbourhood(generated, unseen)
    return Score(
        images=len(fake),
        frechet=frechet(generated, unseen),
        kernel=kernel.value,
        kernel_error=kernel.error,
        density=near.density,
        coverage=near.coverage,
        precision=near.precision,
        digits=(),
        memorised=memorised_share(generated, known, unseen),
    )


def _as_they_are(samples: Array) -> Floats:
    return samples.reshape(len(samples), -1)
