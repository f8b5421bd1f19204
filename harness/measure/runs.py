"""Training runs of a program: its generator measured before and after, and on the way."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from harness.measure.convergence import Milestone, Trained
from harness.measure.functional import Tensor
from harness.measure.pair import Array, Model, Pair, latent_shape, value_range
from harness.measure.program import load, pair_of
from harness.measure.results import CheckFailed
from harness.measure.scores import Yardstick
from harness.measure.updates import watched

SAMPLES = 1000


def train_program(
    path: Path,
    data: Path,
    yardstick: Yardstick,
    seed: int,
    updates: int | None = None,
    milestones: Collection[int] = (),
) -> tuple[Trained, Array]:
    """Trains a program once as it trains itself; the run and 100 of its images (100, 28, 28) in [0, 1].

    The score before is that of a fresh load with the same seed: the same initial weights.  ``updates``
    ends its ``fit`` earlier; after ``milestones`` updates the generator is looked at, and trained on.
    Raises ProgramError, and CheckFailed where the training diverges.
    """
    untrained = load(path, data, seed=seed)
    before = sample(pair_of(path, untrained, data), seed)
    seen: list[tuple[int, float, Array]] = []

    def look(count: int) -> None:
        # While a program runs, its names are those of the main module.
        pair = pair_of(path, vars(sys.modules["__main__"]), data)
        seen.append((count, time.process_time() - cpu_start, sample(pair, seed)))  # finite or not: go on

    start, cpu_start = time.perf_counter(), time.process_time()
    with watched(updates, milestones, look) as watch:
        trained = load(path, data, seed=seed, main=True)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    after = _finite(sample(pair_of(path, trained, data), seed))
    run = Trained(
        seed,
        yardstick.score(before),
        yardstick.score(after),
        seconds,
        cpu_seconds,
        watch.updates,
        tuple(Milestone(count, yardstick.score(_finite(images)), cpu) for count, cpu, images in seen),
    )
    return run, after[:100]


def sample(pair: Pair, seed: int, count: int = SAMPLES) -> Array:
    """Generated images (count, 28, 28) with values 0 to 1; NaN where the generator has none."""
    bounds = value_range(pair) or (0.0, 1.0)
    latent = np.random.default_rng(seed).normal(size=(count, *latent_shape(pair))).astype(np.float32)
    parts = [_images(pair.generator, latent[start : start + 200]) for start in range(0, count, 200)]
    return np.asarray((np.concatenate(parts) - bounds[0]) / (bounds[1] - bounds[0]), np.float32)


def _finite(images: Array) -> Array:
    """The images, where there are any to measure. Raises CheckFailed for others."""
    if not np.isfinite(images).all():
        raise CheckFailed(
            "finite-samples",
            "finite pixels in every generated image",
            f"{int((~np.isfinite(images)).sum())} of {images.size} that are not",
        )
    return images


def _images(generator: Model, latent: npt.NDArray[np.float32]) -> Tensor:
    return keras.ops.convert_to_numpy(generator(latent, training=False)).reshape(-1, 28, 28)
