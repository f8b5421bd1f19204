"""Do shapes, types and ranges hold, for any batch size, latent values and seed?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import keras
import numpy as np

from harness.measure.pair import (
    Array,
    Model,
    Pair,
    call,
    check_fit_together,
    check_real,
    check_weights,
    layers,
    value_range,
)
from harness.measure.results import CheckFailed, Outcome, Result, outcomes

#: Batch size and kind of latent values that ``structure`` tries.
CASES = ((1, "normal"), (3, "zeros"), (2, "huge"), (16, "normal"))
_CLOSE = 1e-4  # of the largest value: another order of summation, not another result


def check_generator_output(pair: Pair, batch: int = 16, latent: str = "normal", seed: int = 0) -> Result:
    """The generator's output has the samples' shape, float32, is finite and in its range."""
    name = "generator-output"
    fake = call(pair.generator, pair.latent(batch, seed, latent), check=name, player="generator")
    if fake.shape != (batch, *pair.real.shape[1:]):
        raise CheckFailed(name, f"shape {(batch, *pair.real.shape[1:])}", f"shape {fake.shape}")
    if fake.dtype != np.float32:
        raise CheckFailed(name, "dtype float32", f"dtype {fake.dtype}")
    if not np.isfinite(fake).all():
        raise CheckFailed(
            name, f"finite values from {latent} latent values", f"{int((~np.isfinite(fake)).sum())} not"
        )
    low, high = float(fake.min()), float(fake.max())
    if (bounds := value_range(pair)) and not (low >= bounds[0] - 1e-5 and high <= bounds[1] + 1e-5):
        raise CheckFailed(
            name, f"values from {bounds[0]:g} to {bounds[1]:g}", f"values from {low:g} to {high:g}"
        )
    return Result(name, {"batch": batch, "latent": latent, "low": low, "high": high})


def check_discriminator_output(pair: Pair, batch: int = 16, latent: str = "normal", seed: int = 0) -> Result:
    """The discriminator makes one finite number of each generated and of each real sample."""
    name = "discriminator-output"
    fake = call(pair.generator, pair.latent(batch, seed, latent), check=name, player="generator")
    for origin, samples in (("generated", fake), ("real", pair.batch(batch, seed))):
        verdict = call(pair.discriminator, samples, check=name, player="discriminator")
        if verdict.shape not in ((batch, 1), (batch,)):
            raise CheckFailed(name, f"shape {(batch, 1)} for {origin} samples", f"shape {verdict.shape}")
        if not np.isfinite(verdict).all():
            raise CheckFailed(
                name, f"finite numbers for {origin} samples", f"{int((~np.isfinite(verdict)).sum())} not"
            )
    return Result(name, {"batch": batch, "latent": latent})


def check_rebatching(pair: Pair, batch: int = 6, seed: int = 0) -> Result:
    """A sample's output does not depend on what else is in its batch.

    In inference for every model; in training only where nothing is random or normalises over the batch.
    """
    for player, model, inputs in _inputs(pair, batch, seed):
        for training in (False, True):
            if training and _mixes_or_draws(model):
                continue
            whole = call(model, inputs, check="rebatching", player=player, training=training)
            ones = [
                call(model, inputs[[i]], check="rebatching", player=player, training=training)
                for i in range(batch)
            ]
            _same(
                "rebatching",
                f"the {player}'s output of {batch} samples at once and one by one",
                whole,
                np.concatenate(ones),
            )
    return Result("rebatching", {"batch": batch})


def check_save_load(pair: Pair, seed: int = 0) -> Result:
    """A player that is saved and loaded again gives the same output."""
    for player, model, inputs in _inputs(pair, 4, seed):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            try:
                model.save(path)
                loaded = keras.saving.load_model(path, compile=False)
            except (ValueError, TypeError, NotImplementedError, OSError) as error:
                reason = str(error).strip().splitlines()[0]
                raise CheckFailed("save-load", f"a {player} that can be saved and loaded", reason) from error
            before = call(model, inputs, check="save-load", player=player)
            after = call(loaded, inputs, check="save-load", player=player)
        _same("save-load", f"the {player}'s output before saving and after loading", before, after)
    return Result("save-load")


def structure(pair: Pair, seed: int = 0) -> tuple[Outcome, ...]:
    """All checks of this file. Where the players do not fit the data or each other, only that is said."""
    basics: tuple[Outcome, ...] = ()
    for step in ((check_real, check_weights), (check_fit_together,)):
        basics += outcomes(partial(check, pair) for check in step)
        if any(isinstance(outcome, CheckFailed) for outcome in basics):
            return basics
    cases = [
        partial(check, pair, batch, latent, seed)
        for check in (check_generator_output, check_discriminator_output)
        for batch, latent in CASES
    ]
    return basics + outcomes(
        [*cases, partial(check_rebatching, pair, seed=seed), partial(check_save_load, pair, seed)]
    )


def _inputs(pair: Pair, batch: int, seed: int) -> Iterator[tuple[str, Model, Array]]:
    yield "generator", pair.generator, pair.latent(batch, seed)
    yield "discriminator", pair.discriminator, pair.batch(batch, seed)


def _mixes_or_draws(model: Model) -> bool:
    return any(
        isinstance(layer, keras.layers.BatchNormalization) or hasattr(layer, "seed_generator")
        for layer in layers(model)
    )


def _same(check: str, what: str, first: Array, second: Array) -> None:
    gap = float(np.abs(first - second).max())
    if not gap <= _CLOSE * max(1.0, float(np.abs(first).max())):  # so written, NaN fails too
        raise CheckFailed(check, f"equal: {what}", f"a difference of {gap:.3g}")
