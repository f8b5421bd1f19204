"""Do gradients reach every weight, and only those of the player whose loss it is?"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np

from harness.measure.functional import (
    arrays,
    gradients,
    player_losses,
    run,
    total_gradients,
    value_at,
)
from harness.measure.pair import Array, Model, Pair, cancelled_biases, layers
from harness.measure.results import CheckFailed, Outcome, Result, outcomes

BATCH = 32
_LEAK = 1e-6  # of a loss's whole gradient: what may reach the other player through rounding
_CHANGE = 1e-7  # of the largest value: less variation than this is rounding


def check_gradients_reach_weights(pair: Pair, seed: int = 0) -> Result:
    """Every trainable weight of each player gets a finite gradient, not all zero, from the pair's losses."""
    name, found, figures = "gradients-reach-weights", total_gradients(pair, BATCH, seed), {}
    for (player, model), grads in zip(pair.players(), (found.generator, found.discriminator), strict=True):
        if not model.trainable_variables:
            raise CheckFailed(
                name, f"trainable weights in the {player}", f"none ({player}.trainable is {model.trainable})"
            )
        for variable, gradient in zip(model.trainable_variables, grads, strict=True):
            if not np.isfinite(gradient).all():
                raise CheckFailed(
                    name, f"a finite gradient for {variable.path} of the {player}", "NaN or infinity"
                )
            if not gradient.any() and id(variable) not in cancelled_biases(model):
                raise CheckFailed(name, f"a gradient for {variable.path} of the {player}", "zero everywhere")
        figures[player] = min(float(np.abs(g).max()) for g in grads)
    return Result(name, {"smallest_of_largest": figures})


def check_losses_are_separate(pair: Pair, seed: int = 0) -> Result:
    """No loss sends a gradient into both players: a step of one would move the other."""
    name, losses = "losses-are-separate", player_losses(pair, BATCH, seed)
    if len(losses.functions) == 1:
        return _check_one_loss(pair, losses.functions[0])
    shares = []
    for index, function in enumerate(losses.functions):
        found = gradients(pair, function)
        sizes = norm(found.generator), norm(found.discriminator)
        shares.append(sizes)
        if min(sizes) > _LEAK * max(sizes):
            which = losses.own[index] if losses.own else f"number {index + 1} of {len(losses.functions)}"
            raise CheckFailed(
                name,
                f"a gradient into one player only from the loss {which}",
                f"gradient norms {sizes[0]:.3g} in the generator and {sizes[1]:.3g} in the discriminator",
            )
    return Result(name, {"norms": shares})


def _check_one_loss(pair: Pair, function: Callable[[list[Any], list[Any]], Any]) -> Result:
    """One sum of both losses: separate where some path from a player's weights to it is cut.

    Along its gradient g the sum must then change at another rate than |g|^2, because its other part
    depends on the same weights too and its gradient was stopped.
    """
    found = gradients(pair, function)
    weights = [arrays(model.trainable_variables) for _, model in pair.players()]
    for index, (player, gradient) in enumerate(
        zip(("generator", "discriminator"), (found.generator, found.discriminator), strict=True)
    ):
        size = norm(gradient)
        if size == 0:
            raise CheckFailed("losses-are-separate", f"a gradient in the {player}", "none at all")
        step = 1e-2 / size
        values = []
        for sign in (1, -1):
            moved = list(weights)
            moved[index] = [w + sign * step * g for w, g in zip(weights[index], gradient, strict=True)]
            values.append(value_at(function, *moved))
        rate = (values[0] - values[1]) / (2 * step * size**2)
        if abs(rate - 1) < 0.02:
            raise CheckFailed(
                "losses-are-separate",
                f"the other player's loss to be cut off from the {player}'s gradient",
                "the gradient of the sum of both losses",
            )
    return Result("losses-are-separate", {"losses": 1})


def check_generator_step_raises_belief(pair: Pair, seed: int = 0) -> Result:
    """A generator step moves D(G(z)) towards the side that the discriminator is taught is real.

    Which side that is is read from the discriminator's own step, so a swapped label convention is as good
    as any.  All directions are exact derivatives along the steps, so no step size enters.
    """
    name, steps = "generator-step-raises-belief", total_gradients(pair, BATCH, seed)
    real = keras.ops.convert_to_tensor(pair.batch(BATCH, seed + 1))
    latent = keras.ops.convert_to_tensor(pair.latent(4 * BATCH, seed + 1))

    def belief(generator: list[Any], discriminator: list[Any]) -> Any:
        return keras.ops.mean(run(pair.discriminator, discriminator, run(pair.generator, generator, latent)))

    def trust(generator: list[Any], discriminator: list[Any]) -> Any:
        return keras.ops.mean(run(pair.discriminator, discriminator, real))

    raised = gradients(pair, belief)
    lead = _lead(gradients(pair, trust).discriminator, raised.discriminator)
    taught = -_cosine(steps.discriminator, lead)
    gained = -_cosine(steps.generator, raised.generator)
    if not taught * gained > 0:
        raise CheckFailed(
            name,
            "a generator step towards the side that the discriminator is taught is real",
            f"cosine {gained:+.2f} of the generator's step with D(G(z)), "
            f"{taught:+.2f} of the discriminator's with D(real) - D(fake)",
        )
    return Result(name, {"generator": gained, "discriminator": taught})


def _lead(real: list[Array], fake: list[Array]) -> list[Array]:
    """The direction on which a step lies as far as it wants D(real) higher than D(fake).

    A step is about ``a * real + b * fake`` in the gradients of the mean D(real) and D(fake).  Where D is sure
    of the real samples ``a`` is small, and the step may lower D(real) along with D(fake); what is wanted
    shows in the sign of ``a - b``.  By the normal equations of least squares that is the sign of the
    step's product with this direction.
    """
    both = _dot(real, fake)
    of_real, of_fake = _dot(fake, fake) + both, _dot(real, real) + both
    return [of_real * r - of_fake * f for r, f in zip(real, fake, strict=True)]


def check_no_dead_layer(pair: Pair, seed: int = 0) -> Result:
    """Every layer's output depends on its input, and some of it is not zero."""
    fake = pair.generator(pair.latent(BATCH, seed), training=False)
    inputs = keras.ops.concatenate([keras.ops.convert_to_tensor(pair.batch(BATCH, seed)), fake])
    for (player, model), given in zip(pair.players(), (pair.latent(BATCH, seed), inputs), strict=True):
        for layer, output in layer_outputs(model, given):
            spread = float(np.ptp(output, axis=0).max()) if output.size else 0.0
            if not spread > _CHANGE * max(1.0, float(np.abs(output).max())):
                raise CheckFailed(
                    "no-dead-layer",
                    f"an output of layer {layer.name} of the {player} that depends on its input",
                    f"the same output for {len(output)} inputs (largest difference {spread:.3g})",
                )
    return Result("no-dead-layer")


def layer_outputs(model: Model, inputs: Any) -> list[tuple[Any, Array]]:
    """The output of every layer of a model, of any class, on its way through the model."""
    seen: list[tuple[Any, Array]] = []
    patched = list(layers(model))

    def watch(layer: Any) -> Callable[..., Any]:
        original = layer.call

        def call(*args: Any, **kwargs: Any) -> Any:
            output = original(*args, **kwargs)
            if not isinstance(output, (list, tuple, dict)):
                seen.append((layer, np.asarray(keras.ops.convert_to_numpy(output))))
            return output

        return call

    for layer in patched:
        # Keras' own __setattr__ would track the function.
        layer.__dict__["call"] = watch(layer)
    try:
        model(inputs, training=False)
    finally:
        for layer in patched:
            del layer.__dict__["call"]
    return seen


def check_training_mode(pair: Pair, seed: int = 0) -> Result:
    """Inference is repeatable and changes nothing; in training batch norm and random layers are at work."""
    name, found = "training-mode", []
    for (player, model), inputs in zip(
        pair.players(), (pair.latent(BATCH, seed), pair.batch(BATCH, seed)), strict=True
    ):
        outputs = {}
        for training in (False, True):
            weights, rest = arrays(model.trainable_variables), arrays(model.non_trainable_variables)
            output, after = model.stateless_call(weights, rest, inputs, training=training)
            moved = {
                id(v)
                for v, old, new in zip(model.non_trainable_variables, rest, after, strict=True)
                if not np.array_equal(old, keras.ops.convert_to_numpy(new))
            }
            outputs[training] = np.asarray(keras.ops.convert_to_numpy(output)), moved
        if outputs[False][1]:
            raise CheckFailed(
                name,
                f"inference of the {player} to change nothing",
                f"{len(outputs[False][1])} variables changed",
            )
        again = np.asarray(keras.ops.convert_to_numpy(model(inputs, training=False)))
        if not np.allclose(outputs[False][0], again, rtol=1e-4, atol=1e-5):
            raise CheckFailed(
                name, f"inference of the {player} to be repeatable", "another output for the same input"
            )
        for layer in layers(model):
            if isinstance(layer, keras.layers.BatchNormalization):
                found.append(layer.name)
                if id(layer.moving_mean) not in outputs[True][1]:
                    raise CheckFailed(
                        name, f"statistics of {layer.name} of the {player} to move in training", "they stay"
                    )
            elif getattr(layer, "rate", 0) and hasattr(layer, "seed_generator"):
                found.append(layer.name)
                if np.array_equal(outputs[True][0], outputs[False][0]):
                    raise CheckFailed(
                        name,
                        f"{layer.name} of the {player} to be at work in training",
                        "the output of inference",
                    )
    return Result(name, {"layers": found})


def gradient_checks(pair: Pair, seed: int = 0) -> tuple[Outcome, ...]:
    """All checks of this file."""
    checks = (
        check_gradients_reach_weights,
        check_losses_are_separate,
        check_generator_step_raises_belief,
        check_no_dead_layer,
        check_training_mode,
    )
    return outcomes(partial(check, pair, seed) for check in checks)


def norm(parts: list[Array]) -> float:
    return math.sqrt(sum(float((part.astype(np.float64) ** 2).sum()) for part in parts))


def _cosine(first: list[Array], second: list[Array]) -> float:
    sizes = norm(first) * norm(second)
    return _dot(first, second) / sizes if sizes else 0.0


def _dot(first: list[Array], second: list[Array]) -> float:
    return sum(float((a.astype(np.float64) * b).sum()) for a, b in zip(first, second, strict=True))
