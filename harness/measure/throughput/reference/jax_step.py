"""The fused step on JAX: one jitted function over a pytree of state, with lax.scan over the steps."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax

from harness.measure.throughput.players import Players
from harness.measure.throughput.reference import Candidate, Loop


def candidates(players: Players, batch: int) -> list[Candidate]:
    """One step a call, and several by lax.scan; XLA itself judges equal fakes only once."""
    return [
        Candidate("jax.jit", partial(_loop, players, batch), several=False),
        Candidate("jax.jit with lax.scan", partial(_loop, players, batch)),
    ]


def _loop(players: Players, batch: int, steps: int) -> Loop:
    generator, discriminator, loss = players.generator, players.discriminator, players.loss
    variables = [*generator.trainable_variables, *discriminator.trainable_variables]
    optimizer = players.optimizer()
    optimizer.build(variables)
    images = jax.device_put(players.images)
    split = len(generator.trainable_variables)

    def losses(weights: list[Any], rest: tuple[Any, Any], real: Any, latent: Any) -> Any:
        made, judging = weights[:split], weights[split:]
        frozen = [jax.lax.stop_gradient(weight) for weight in judging]
        fake, of_generator = generator.stateless_call(made, rest[0], latent, training=True)
        believed, state = discriminator.stateless_call(judging, rest[1], real, training=True)
        doubted, state = discriminator.stateless_call(
            judging, state, jax.lax.stop_gradient(fake), training=True
        )
        fooled, state = discriminator.stateless_call(frozen, state, fake, training=True)
        ones, zeros = jax.numpy.ones_like, jax.numpy.zeros_like
        total = loss(ones(believed), believed) + loss(zeros(doubted), doubted) + loss(ones(fooled), fooled)
        return total, (of_generator, state)

    def step(state: Any, key: Any) -> Any:
        weights, rest, optimizing = state
        for_rows, for_latent = jax.random.split(key)
        real = images[jax.random.randint(for_rows, (batch,), 0, len(images))]
        latent = jax.random.normal(for_latent, (batch, *players.latent_shape))
        (total, rest), gradients = jax.value_and_grad(losses, has_aux=True)(weights, rest, real, latent)
        weights, optimizing = optimizer.stateless_apply(optimizing, gradients, weights)
        return (weights, rest, optimizing), total

    @partial(jax.jit, donate_argnums=0)
    def call(state: Any, key: Any) -> Any:
        key, *keys = jax.random.split(key, steps + 1)
        state, totals = jax.lax.scan(step, state, jax.numpy.stack(keys))
        return state, key, totals[-1]

    # Copies: what is donated is gone, and other candidates start from the same players.
    state = jax.tree.map(
        jax.numpy.array,
        (
            [variable.value for variable in variables],
            tuple(
                [variable.value for variable in model.non_trainable_variables]
                for model in (generator, discriminator)
            ),
            [variable.value for variable in optimizer.variables],
        ),
    )
    running: list[Any] = [state, jax.random.key(0), None]

    def loop() -> None:
        running[:] = call(*running[:2])

    return loop
