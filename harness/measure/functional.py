"""The players as pure functions of their weights, on TensorFlow, JAX and torch.

Nothing here changes a model: weights go in as arrays, losses and gradients come out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from harness.measure.pair import Array, Losses, Model, Pair, last_activation
from harness.measure.results import CheckFailed

Tensor = Any


def value_and_gradients(
    function: Callable[[list[Tensor]], Tensor], values: Sequence[Array]
) -> tuple[float, list[Array]]:
    """A scalar function's value and its gradients; zeros where it does not depend on an argument."""
    with _same_randomness():
        value, gradients = _BACKENDS[keras.backend.backend()](function, [np.asarray(v) for v in values])
    return value, [
        np.zeros_like(v) if g is None else np.asarray(keras.ops.convert_to_numpy(g))
        for v, g in zip(values, gradients, strict=True)
    ]


def value_at(
    function: Callable[[list[Tensor], list[Tensor]], Tensor],
    generator: Sequence[Array],
    discriminator: Sequence[Array],
) -> float:
    """The value of a function of (generator weights, discriminator weights) at other weights."""
    tensors = [
        [keras.ops.convert_to_tensor(weight) for weight in part] for part in (generator, discriminator)
    ]
    with _same_randomness():
        return float(keras.ops.convert_to_numpy(function(*tensors)))


@contextlib.contextmanager
def _same_randomness() -> Iterator[None]:
    """Each evaluation draws the same random numbers, and the program's own are left where they were.

    On TensorFlow and JAX the seeds' state, which is never advanced here, sees to that; Keras' dropout on
    torch draws from torch's global generator instead.
    """
    if keras.backend.backend() != "torch":
        yield
        return
    import torch

    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(0)
        yield


def _tensorflow(function: Callable[[list[Tensor]], Tensor], values: list[Array]) -> tuple[float, list[Any]]:
    import tensorflow as tf

    tensors = [tf.convert_to_tensor(value) for value in values]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        result = function(tensors)
    if not tensors:
        return float(result), []
    return float(result), [
        None if g is None else tf.convert_to_tensor(g) for g in tape.gradient(result, tensors)
    ]


def _jax(function: Callable[[list[Tensor]], Tensor], values: list[Array]) -> tuple[float, list[Any]]:
    import jax

    # Compiled as one: op by op, XLA compiles each of hundreds of small operations on its own.
    result, gradients = jax.jit(jax.value_and_grad(function))(values)
    return float(result), list(gradients)


def _torch(function: Callable[[list[Tensor]], Tensor], values: list[Array]) -> tuple[float, list[Any]]:
    import torch

    tensors = [keras.ops.convert_to_tensor(value).detach().requires_grad_() for value in values]
    result = function(tensors)
    if not tensors or not result.requires_grad:
        return float(result.detach()), [None] * len(tensors)
    return float(result.detach()), list(torch.autograd.grad(result, tensors, allow_unused=True))


_BACKENDS = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}


def arrays(variables: Sequence[Any]) -> list[Array]:
    """The variables' values, copied."""
    return [np.array(keras.ops.convert_to_numpy(variable.value)) for variable in variables]


def run(model: Model, weights: Sequence[Tensor], inputs: Any, training: bool = True) -> Tensor:
    """The model's output with these values for its trainable weights."""
    rest = [variable.value for variable in model.non_trainable_variables]
    return model.stateless_call(list(weights), rest, inputs, training=training)[0]


def standard_losses(discriminator: Model) -> Losses:
    """Binary cross-entropy of Goodfellow et al. 2014, "Generative adversarial nets", sec. 3, with the
    non-saturating loss for the generator; on probabilities where the discriminator ends in a sigmoid."""
    probabilities = last_activation(discriminator) == "sigmoid"

    def unlikely(output: Tensor, real: bool) -> Tensor:
        """The mean of -log of the probability that the samples are real (or are not)."""
        if probabilities:
            share = keras.ops.clip(output if real else 1 - output, 1e-7, 1)
            return -keras.ops.mean(keras.ops.log(share))
        return keras.ops.mean(keras.ops.softplus(-output if real else output))

    return Losses(
        discriminator=lambda real, fake: unlikely(real, True) + unlikely(fake, False),
        generator=lambda fake: unlikely(fake, True),
    )


@dataclass(frozen=True)
class PlayerLosses:
    """The losses that train the pair, each a function of (generator weights, discriminator weights).

    ``separate`` says which player each is for ("generator", "discriminator"), or None for the losses of
    a ``gan``, where that has to be found out.
    """

    functions: tuple[Callable[[list[Tensor], list[Tensor]], Tensor], ...]
    own: tuple[str, ...] | None


def built_gan(pair: Pair) -> Model:
    """The pair's ``gan``, built: a subclassed model is so only after its first call."""
    if not pair.gan.built:
        variables = [v for _, model in pair.players() for v in model.variables]
        values = arrays(variables)
        pair.gan(pair.batch(2, 0))
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)  # that call may have moved batch norm's statistics
    return pair.gan


def player_losses(pair: Pair, batch: int, seed: int) -> PlayerLosses:
    """The pair's losses on one fixed batch: those that ``gan`` adds, those given, or the standard ones."""
    real = keras.ops.convert_to_tensor(pair.batch(batch, seed))
    if pair.gan is not None and pair.losses is None and (count := _count_added(pair, real)):
        return PlayerLosses(tuple(_added_loss(pair, real, index) for index in range(count)), None)
    losses = pair.losses or standard_losses(pair.discriminator)
    latent = keras.ops.convert_to_tensor(pair.latent(batch, seed))

    def discriminator_loss(generator: list[Tensor], discriminator: list[Tensor]) -> Tensor:
        fake = keras.ops.stop_gradient(run(pair.generator, generator, latent))
        return losses.discriminator(
            run(pair.discriminator, discriminator, real), run(pair.discriminator, discriminator, fake)
        )

    def generator_loss(generator: list[Tensor], discriminator: list[Tensor]) -> Tensor:
        frozen = [keras.ops.stop_gradient(weight) for weight in discriminator]
        return losses.generator(run(pair.discriminator, frozen, run(pair.generator, generator, latent)))

    return PlayerLosses((generator_loss, discriminator_loss), ("generator", "discriminator"))


def _count_added(pair: Pair, real: Tensor) -> int:
    weights = [variable.value for variable in built_gan(pair).trainable_variables]
    return len(_gan_losses(pair.gan, weights, real))


def _gan_losses(gan: Model, weights: list[Tensor], real: Tensor) -> list[Tensor]:
    rest = [variable.value for variable in gan.non_trainable_variables]
    # A call() without a training argument is one for training only.
    mode = {"training": True} if gan._call_has_training_arg else {}
    return list(gan.stateless_call(weights, rest, real, return_losses=True, **mode)[2])


def _added_loss(pair: Pair, real: Tensor, index: int) -> Callable[[list[Tensor], list[Tensor]], Tensor]:
    own = [*pair.generator.trainable_variables, *pair.discriminator.trainable_variables]

    def loss(generator: list[Tensor], discriminator: list[Tensor]) -> Tensor:
        given = {
            id(variable): value for variable, value in zip(own, [*generator, *discriminator], strict=True)
        }
        weights = [given.get(id(variable), variable.value) for variable in pair.gan.trainable_variables]
        return _gan_losses(pair.gan, weights, real)[index]

    return loss


@dataclass(frozen=True)
class Gradients:
    """Gradients of a loss: one array per trainable weight of each player, in the models' order."""

    loss: float
    generator: list[Array]
    discriminator: list[Array]


def gradients(pair: Pair, function: Callable[[list[Tensor], list[Tensor]], Tensor]) -> Gradients:
    """Gradients of a function of (generator weights, discriminator weights) at the present weights."""
    generator, discriminator = (arrays(model.trainable_variables) for _, model in pair.players())
    split = len(generator)
    try:
        loss, found = value_and_gradients(lambda w: function(w[:split], w[split:]), generator + discriminator)
    except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CheckFailed("losses", "losses that can be computed and differentiated", reason) from error
    return Gradients(loss, found[:split], found[split:])


def total_gradients(pair: Pair, batch: int, seed: int) -> Gradients:
    """Gradients of all losses together: what a fused training step follows."""
    functions = player_losses(pair, batch, seed).functions
    parts = [gradients(pair, function) for function in functions]
    return Gradients(
        sum(part.loss for part in parts),
        [np.sum(arrays, axis=0) for arrays in zip(*(part.generator for part in parts), strict=True)],
        [np.sum(arrays, axis=0) for arrays in zip(*(part.discriminator for part in parts), strict=True)],
    )
