"""The fused step on torch: plain, and by torch.compile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from harness.measure.throughput.players import Players
from harness.measure.throughput.reference import Candidate, Loop


def candidates(players: Players, batch: int) -> list[Candidate]:
    """Plain torch, and the same step compiled."""
    step = _step(players, batch)
    return [
        Candidate("plain torch", lambda steps: step, several=False),
        Candidate("torch.compile", lambda steps: _compiled(step), several=False, slow_to_compile=True),
    ]


def _compiled(step: Callable[[], Any]) -> Loop:
    return torch.compile(step)  # type: ignore[no-any-return]


def _step(players: Players, batch: int) -> Callable[[], Any]:
    generator, discriminator, loss = players.generator, players.discriminator, players.loss
    made = [variable.value for variable in generator.trainable_variables]
    judging = [variable.value for variable in discriminator.trainable_variables]
    device = made[0].device
    images = torch.as_tensor(players.images, device=device)
    alike = not discriminator.non_trainable_variables
    settings = players.optimizer().get_config()
    optimizer = torch.optim.Adam(
        [*made, *judging],
        lr=settings["learning_rate"],
        betas=(settings["beta_1"], settings["beta_2"]),
        eps=settings["epsilon"],
        fused=True,
    )

    def step() -> Any:
        rows = torch.randint(len(images), (batch,), device=device)
        fake = generator(torch.randn((batch, *players.latent_shape), device=device), training=True)
        believed = discriminator(images[rows], training=True)
        doubted = discriminator(fake if alike else fake.detach(), training=True)
        judged = loss(torch.ones_like(believed), believed) + loss(torch.zeros_like(doubted), doubted)
        fooled = doubted if alike else discriminator(fake, training=True)
        fooling = loss(torch.ones_like(fooled), fooled)
        # Each player's weights get the gradient of its own loss only.
        for weights, value in ((judging, judged), (made, fooling)):
            gradients = torch.autograd.grad(value, weights, retain_graph=value is judged)
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.grad = gradient
        optimizer.step()
        return fooling

    return step
