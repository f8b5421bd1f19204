"""The fused step on TensorFlow: one tf.function, with the loop over steps inside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from harness.measure.throughput.players import Players
from harness.measure.throughput.reference import Candidate, Loop


def candidates(players: Players, batch: int) -> list[Candidate]:
    """Steps in a loop inside the graph; the same with the fakes judged once; the first with XLA."""
    step = _step(players, batch, shared=False)
    found = [Candidate("tf.function, steps in a loop", _loops(step, xla=False))]
    if judges_alike(players.discriminator):
        shared = _step(players, batch, shared=True)
        found.append(Candidate("tf.function, fakes judged once", _loops(shared, xla=False)))
    on_cpu = not tf.config.get_visible_devices("GPU")
    slow = "XLA's convolutions on a CPU are many times slower than TensorFlow's own"
    found.append(
        Candidate(
            "tf.function with XLA",
            _loops(step, xla=True),
            against=slow if on_cpu and convolves(players) else "",
        )
    )
    return found


def judges_alike(discriminator: Any) -> bool:
    """Whether judging the same images twice gives the same: no random layers, no statistics to update."""
    return not discriminator.non_trainable_variables


def convolves(players: Players) -> bool:
    """Whether a player has a layer with a kernel of more than two axes."""
    return any(
        len(weight.shape) > 2
        for model in (players.generator, players.discriminator)
        for weight in model.trainable_weights
    )


def _step(players: Players, batch: int, *, shared: bool) -> Callable[[], Any]:
    generator, discriminator, loss = players.generator, players.discriminator, players.loss
    variables = [*generator.trainable_variables, *discriminator.trainable_variables]
    split = len(generator.trainable_variables)
    optimizer = players.optimizer()
    optimizer.build(variables)
    # The images lie where the device reads them, as a data set of this size can.
    images = tf.constant(players.images)

    def step() -> Any:
        rows = tf.random.uniform((batch,), 0, len(players.images), tf.int32)
        latent = tf.random.normal((batch, *players.latent_shape))
        weights = [variable.value for variable in variables]
        with tf.GradientTape(persistent=shared) as tape:
            fake = generator(latent, training=True)
            believed = discriminator(tf.gather(images, rows), training=True)
            doubted = discriminator(fake if shared else tf.stop_gradient(fake), training=True)
            judged = loss(tf.ones_like(believed), believed) + loss(tf.zeros_like(doubted), doubted)
            fooled = doubted if shared else _frozen(discriminator, fake)
            made = loss(tf.ones_like(fooled), fooled)
            total = judged + made
        if shared:
            gradients = [*tape.gradient(made, weights[:split]), *tape.gradient(judged, weights[split:])]
        else:
            gradients = tape.gradient(total, weights)
        optimizer.apply(gradients, variables)
        return total

    return step


def _frozen(discriminator: Any, fake: Any) -> Any:
    weights = [keras.ops.stop_gradient(variable.value) for variable in discriminator.trainable_variables]
    rest = discriminator.non_trainable_variables
    return discriminator.stateless_call(weights, rest, fake, training=True)[0]


def _loops(step: Callable[[], Any], *, xla: bool) -> Callable[[int], Loop]:
    """Loops of any number of steps, which are compiled but once."""

    @tf.function(jit_compile=xla, autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow ships no annotations
    def call(steps: Any) -> Any:
        def body(number: Any, last: Any) -> Any:
            return number + 1, step()

        return tf.while_loop(lambda number, last: number < steps, body, (0, 0.0))[1]

    return lambda steps: partial(call, tf.constant(steps))
