"""What real training steps do to the weights. Every check puts the weights back afterwards."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import numpy as np

from harness.measure.functional import arrays, built_gan
from harness.measure.fused import FusedGan, Separator
from harness.measure.pair import Array, Model, Pair, call, cancelled_biases, layers
from harness.measure.results import CheckFailed, Outcome, Result, outcomes, told

BATCH = 32
_UPDATES = 200  # that a discriminator may take to tell 16 samples from 16 others


def trainable_gan(pair: Pair, seed: int = 0) -> Model:
    """The pair's own ``gan``, or one made of its players with the optimizer of Radford et al. 2016."""
    if pair.gan is not None:
        return built_gan(pair)
    gan = FusedGan(pair, seed)
    gan.compile(keras.optimizers.Adam(2e-4, beta_1=0.5))
    return gan


def train(gan: Model, real: Array, check: str, updates: int = 1) -> None:
    """``updates`` training updates, each on all of ``real`` as one batch.

    A ``fit`` that raises is a failed check.
    """
    _unshare(gan)
    with warnings.catch_warnings():
        # Keras warns of weights without a gradient; here the checks say which.
        warnings.filterwarnings("ignore", "Gradients do not exist", UserWarning)
        try:
            gan.fit(np.concatenate([real] * updates), batch_size=len(real), shuffle=False, verbose=0)
        except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
            found = f"it raises {type(error).__name__}: {told(error)}"
            raise CheckFailed(check, "a gan whose fit trains on a batch", found) from error


def _unshare(gan: Model) -> None:
    """Give an optimizer's averages of weights (``use_ema``) memory of their own again.

    On JAX the weights share it with them after a ``fit``, and the next ``fit`` gives away the same
    memory twice, which JAX refuses (seen with Keras 3.15).
    """
    if keras.backend.backend() == "jax":
        for variable in (v for o in optimizers(gan) if o.use_ema for v in o.variables):
            variable.assign(keras.ops.convert_to_numpy(variable))


def optimizers(gan: Model) -> list[Any]:
    """The optimizers that a model holds: its compiled one and any that are its attributes."""
    held = [getattr(gan, "optimizer", None), *vars(gan).values()]
    return list({id(o): o for o in held if isinstance(o, keras.optimizers.Optimizer)}.values())


@contextmanager
def preserved(*models: Model) -> Iterator[None]:
    """Puts all variables of the models and of their optimizers back at the end."""
    for model in models:
        optimizer = getattr(model, "optimizer", None)
        if optimizer is not None and not optimizer.built:
            optimizer.build(model.trainable_variables)
    variables = [v for model in models for owner in (model, *optimizers(model)) for v in owner.variables]
    values = arrays(variables)
    try:
        yield
    finally:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def check_step_moves_weights(pair: Pair, seed: int = 0) -> Result:
    """One training step moves every trainable weight of both players, and batch norm's statistics."""
    name, gan = "step-moves-weights", trainable_gan(pair, seed)
    watched = [(player, v) for player, model in pair.players() for v in _moving(model)]
    for player, model in pair.players():
        if not model.trainable_variables:
            raise CheckFailed(name, f"trainable weights in the {player}", "none")
    before = arrays([variable for _, variable in watched])
    with preserved(gan, pair.generator, pair.discriminator):
        train(gan, pair.batch(BATCH, seed), name)
        after = arrays([variable for _, variable in watched])
    for (player, variable), old, new in zip(watched, before, after, strict=True):
        if not np.isfinite(new).all():
            raise CheckFailed(name, f"finite {variable.path} of the {player} after a step", "NaN or infinity")
        if np.array_equal(old, new):
            raise CheckFailed(
                name, f"{variable.path} of the {player} to move in a training step", "no change"
            )
    return Result(name, {"weights": len(watched)})


def check_steps_keep_apart(pair: Pair, seed: int = 0) -> Result:
    """A step of one player moves that player and not the other (for pairs with ``steps``)."""
    name = "steps-keep-apart"
    if pair.steps is None:
        return Result(name, skipped="the pair has no steps of its own; losses-are-separate covers the losses")
    weights = {player: list(model.trainable_variables) for player, model in pair.players()}
    made = {
        "discriminator": partial(pair.steps.discriminator, pair.batch(BATCH, seed)),
        "generator": partial(pair.steps.generator, BATCH),
    }
    with preserved(*(m for m in (pair.gan, pair.generator, pair.discriminator) if m is not None)):
        for player, step in made.items():
            before = {who: arrays(variables) for who, variables in weights.items()}
            step()
            moved = {who for who, old in before.items() if _changed(old, arrays(weights[who]))}
            if moved != {player}:
                found = " and ".join(sorted(moved)) or "neither"
                raise CheckFailed(name, f"the {player}'s step to move the {player} alone", f"{found} moved")
    return Result(name)


def check_optimizer_moments_persist(pair: Pair, seed: int = 0) -> Result:
    """From one ``fit`` to the next the optimizer goes on counting and keeps its moments."""
    name, gan = "optimizer-moments-persist", trainable_gan(pair, seed)
    with preserved(gan, pair.generator, pair.discriminator):
        counts, kept = [], []
        for _ in range(3):
            train(gan, pair.batch(BATCH, seed), name)
            counts.append([int(o.iterations) for o in optimizers(gan)])
            kept.append([id(o) for o in optimizers(gan)])
        slots = [float(np.abs(a).max()) for o in optimizers(gan) for a in arrays(_slots(o))]
    if not counts[0]:
        raise CheckFailed(name, "an optimizer in the compiled gan", "none")
    if any(
        later <= earlier for a, b in itertools.pairwise(counts) for earlier, later in zip(a, b, strict=False)
    ):
        raise CheckFailed(name, "optimizer.iterations to grow from step to step", f"{[c[0] for c in counts]}")
    if kept[0] != kept[-1]:
        raise CheckFailed(name, "the same optimizer in every step", "another one after a step")
    if slots and not max(slots) > 0:
        raise CheckFailed(name, "moments that are not zero after three steps", "all are zero")
    return Result(name, {"iterations": counts[-1]})


def check_discriminator_overfits(pair: Pair, seed: int = 0) -> Result:
    """The discriminator learns to tell 16 fixed real samples from 16 fixed generated ones."""
    name, separator = "discriminator-overfits", Separator(pair)
    real = pair.batch(BATCH // 2, seed)
    fake = call(pair.generator, pair.latent(BATCH // 2, seed), check=name, player="generator")
    share = 0.0
    with preserved(pair.discriminator):
        separator.compile(keras.optimizers.Adam(1e-3))
        for _ in range(_UPDATES // 25):
            repeated = [np.concatenate([samples] * 25) for samples in (real, fake)]
            separator.fit(repeated, batch_size=len(real), shuffle=False, verbose=0)
            share = max(_told_apart(pair.discriminator, real, fake, mode) for mode in (False, True))
            if share >= 0.95:
                return Result(name, {"told_apart": share})
    raise CheckFailed(name, f"at least .95 of the pairs told apart after {_UPDATES} updates", f"{share:.2f}")


def step_checks(pair: Pair, seed: int = 0) -> tuple[Outcome, ...]:
    """All checks of this file."""
    checks = (
        check_step_moves_weights,
        check_steps_keep_apart,
        check_optimizer_moments_persist,
        check_discriminator_overfits,
    )
    return outcomes(partial(check, pair, seed) for check in checks)


def _moving(model: Model) -> list[Any]:
    norms = [layer for layer in layers(model) if isinstance(layer, keras.layers.BatchNormalization)]
    trained = [v for v in model.trainable_variables if id(v) not in cancelled_biases(model)]
    return [*trained, *(norm.moving_variance for norm in norms)]


def _slots(optimizer: Any) -> list[Any]:
    return [v for v in optimizer.variables if len(v.shape)]


def _changed(old: list[Array], new: list[Array]) -> bool:
    return any(not np.array_equal(a, b) for a, b in zip(old, new, strict=True))


def _told_apart(discriminator: Model, real: Array, fake: Array, training: bool) -> float:
    """Share of (real, fake) pairs that D puts in one order (area under the curve, either side being real)."""
    name = "discriminator-overfits"
    first, second = (
        call(discriminator, samples, check=name, player="discriminator", training=training).reshape(-1)
        for samples in (real, fake)
    )
    share = float((first[:, None] > second[None, :]).mean())
    return max(share, float((first[:, None] < second[None, :]).mean()))
