"""Floating-point operations and bytes of one training step, counted from the layers.

Counted is what backpropagation (Rumelhart, Hinton and Williams 1986) needs, however a program does it:

- matrix products and convolutions, two operations for each multiply-add; element-wise work is left out,
  it is less than a hundredth of a layer's products and can be fused into them;
- the generator's layers forward, and backward for weights and inputs;
- the discriminator's layers forward on real and on synthetic images, backward for weights on both, and
  backward for inputs on both, and once more from the generator's loss down to the pixels.
  A discriminator that draws random numbers has to be run a third time, for the generator's loss;
- bytes: each product reads its two operands and writes its result once, and Adam (Kingma and Ba 2015)
  reads weight, gradient and both moments and writes weight and moments: a lower bound, with
  everything else in cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

_FLOAT = 4  # bytes
_ADAM = 7  # numbers read or written for each weight


@dataclass(frozen=True)
class Cost:
    """What one training step takes at least."""

    flops: int
    bytes: int


@dataclass(frozen=True)
class _Product:
    """A layer's product for one example: numbers that go in and come out, weights, multiply-adds."""

    inputs: int
    outputs: int
    weights: int
    madds: int


def step_cost(generator: Any, discriminator: Any, batch: int) -> Cost:
    """Cost of a step that trains both players on ``batch`` real images; the players are built models."""
    made, judged = list(_products(generator)), list(_products(discriminator))
    runs = 3 if _draws(discriminator) else 2
    passes = [
        # Nothing learns below a player's first layer, except below the discriminator's: the generator.
        *_repeated(made, forward=1, weights=1, inputs=1),
        *_repeated(judged, forward=runs, weights=2, inputs=2),
        *judged,
    ]
    parameters = sum(
        prod(weight.shape) for model in (generator, discriminator) for weight in model.trainable_weights
    )
    moved = sum(batch * (one.inputs + one.outputs) + one.weights for one in passes)
    return Cost(
        flops=2 * batch * sum(one.madds for one in passes),
        bytes=_FLOAT * (moved + (_ADAM + 1) * parameters),  # one more: the gradient is written
    )


def _repeated(products: list[_Product], *, forward: int, weights: int, inputs: int) -> Iterator[_Product]:
    for number, product in enumerate(products):
        yield from [product] * (forward + weights + (inputs if number else 0))


def _products(model: Any) -> Iterator[_Product]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _products(layer)
        elif (kernel := getattr(layer, "kernel", None)) is not None:
            inputs, outputs = tuple(layer.input.shape[1:]), tuple(layer.output.shape[1:])
            size = prod(kernel.shape)
            # A transposed convolution multiplies its kernel at each position of its input.
            at = inputs if "Transpose" in type(layer).__name__ else outputs
            yield _Product(prod(inputs), prod(outputs), size, size * prod(at[:-1]))


def _draws(model: Any) -> bool:
    return any(
        _draws(layer) if hasattr(layer, "layers") else getattr(layer, "seed_generator", None) is not None
        for layer in model.layers
    )
