"""A generator and a discriminator with the data they are about: what the checks are given."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from harness.measure.results import CheckFailed, Result, told

Array = npt.NDArray[np.float32]
Model = Any  # a keras.Model: Keras ships no annotations


@dataclass(frozen=True)
class Losses:
    """The players' losses, written with ``keras.ops``; both return a number.

    ``discriminator(real_out, fake_out)`` and ``generator(fake_out)`` get outputs of the discriminator.
    """

    discriminator: Callable[[Any, Any], Any]
    generator: Callable[[Any], Any]


@dataclass(frozen=True)
class Steps:
    """A training loop of one's own: each function makes one training step of one player."""

    discriminator: Callable[[Array], object]  # is given a batch of real images
    generator: Callable[[int], object]  # is given the batch size


@dataclass(frozen=True)
class Pair:
    """A generator/discriminator pair of Keras models.

    ``real`` are real samples (n, ...) as the discriminator is fed them, float32, at least 16.
    ``gan`` is a compiled model whose ``fit(real)`` trains both players; with its ``add_loss`` losses the
    gradient checks use these.  Otherwise ``losses`` are used, by default the binary cross-entropy
    of Goodfellow et al. 2014 (non-saturating), on logits or probabilities as the discriminator ends.
    ``value_range`` is what the generator may put out; by default that of its last activation (tanh,
    sigmoid), else any finite number.
    """

    generator: Model
    discriminator: Model
    real: Array
    gan: Model = None
    losses: Losses | None = None
    steps: Steps | None = None
    value_range: tuple[float, float] | None = None
    latent_shape: tuple[int, ...] | None = None

    def players(self) -> tuple[tuple[str, Model], tuple[str, Model]]:
        return ("generator", self.generator), ("discriminator", self.discriminator)

    def batch(self, size: int, seed: int) -> Array:
        """``size`` real samples drawn with replacement."""
        rows = np.random.default_rng(seed).integers(0, len(self.real), size)
        return np.asarray(self.real[rows], np.float32)

    def latent(self, size: int, seed: int, kind: str = "normal") -> Array:
        """Latent vectors: "normal", "zeros", or "huge" (a million times normal)."""
        shape = (size, *latent_shape(self))
        if kind == "zeros":
            return np.zeros(shape, np.float32)
        scale = {"normal": 1.0, "huge": 1e6}[kind]
        return np.asarray(np.random.default_rng(seed).normal(0, scale, shape), np.float32)


def latent_shape(pair: Pair) -> tuple[int, ...]:
    """Shape of one latent vector. Raises CheckFailed where it is neither given nor known to the model."""
    shape = pair.latent_shape or known_shape(pair.generator, "input_shape")
    if shape is None:
        raise CheckFailed(
            "latent-shape", "a generator that knows its input shape, or latent_shape=", "neither"
        )
    return shape


def known_shape(model: Model, attribute: str) -> tuple[int, ...] | None:
    """The model's ``input_shape`` or ``output_shape`` without the batch axis, None where it is not fixed."""
    try:
        shape = getattr(model, attribute)
    except (AttributeError, ValueError):  # a subclassed model, or one that is not built
        return None
    if not isinstance(shape, tuple) or any(not isinstance(size, int) for size in shape[1:]):
        return None
    return tuple(int(size) for size in shape[1:])


def value_range(pair: Pair) -> tuple[float, float] | None:
    """The range of the generator's output, as given or as its last activation has it."""
    return pair.value_range or {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}.get(
        last_activation(pair.generator) or ""
    )


def last_activation(model: Model) -> str | None:
    """Name of the last activation of a model, looking through what only reshapes.

    A functional model may end in an operation that is no layer, as ``ops.tanh(x)``.
    """
    for layer in reversed(getattr(model, "operations", getattr(model, "layers", []))):
        if not isinstance(layer, keras.Layer):
            if (kind := type(layer).__name__) not in _RESHAPING:
                return _OPERATIONS.get(kind)
            continue
        if getattr(layer, "layers", None):
            return last_activation(layer)
        activation = getattr(layer, "activation", None)
        if activation is not None:
            return str(getattr(activation, "__name__", type(activation).__name__))
        if type(layer).__name__ not in _RESHAPING:
            return None
    return None


_RESHAPING = {"Reshape", "Flatten", "InputLayer", "Squeeze", "ExpandDims", "Transpose"}
_OPERATIONS = {"Tanh": "tanh", "Sigmoid": "sigmoid", "Softmax": "softmax"}


def layers(model: Model) -> Iterator[Any]:
    """All layers of a model that are not themselves models, in order, each once."""
    seen: set[int] = set()
    for layer in model._flatten_layers(include_self=False):
        if not getattr(layer, "layers", None) and id(layer) not in seen:
            seen.add(id(layer))
            yield layer


def cancelled_biases(model: Model) -> set[int]:
    """Ids of biases that batch norm subtracts again: their gradient is zero but for rounding."""
    pairs = itertools.pairwise(layers(model))
    return {
        id(layer.bias)
        for layer, following in pairs
        if isinstance(following, keras.layers.BatchNormalization) and getattr(layer, "bias", None) is not None
    }


def check_real(pair: Pair) -> Result:
    """Real samples exist: float32, finite, of the discriminator's input shape, in the generator's range."""
    name, real = "real-data", pair.real
    if not isinstance(real, np.ndarray):
        raise CheckFailed(name, "a NumPy array of real samples", type(real).__name__)
    if not real.size:
        raise CheckFailed(name, "at least one real sample", f"an empty array of shape {real.shape}")
    if real.dtype != np.float32:
        advice = ", such as images.astype('float32') / 127.5 - 1" if real.dtype == np.uint8 else ""
        raise CheckFailed(
            name, f"float32 values as the discriminator is fed them{advice}", f"dtype {real.dtype}"
        )
    wanted = known_shape(pair.discriminator, "input_shape")
    if wanted is not None and real.shape[1:] != wanted:
        raise CheckFailed(
            name, f"samples of shape {wanted}, the discriminator's input", f"shape {real.shape[1:]}"
        )
    if not np.isfinite(real).all():
        raise CheckFailed(name, "finite values", f"{int((~np.isfinite(real)).sum())} values that are not")
    _check_range(name, real, value_range(pair))
    return Result(name, {"samples": len(real), "low": float(real.min()), "high": float(real.max())})


def _check_range(name: str, real: Array, bounds: tuple[float, float] | None) -> None:
    if bounds is None:
        return
    low, high, (least, most) = float(real.min()), float(real.max()), bounds
    slack = 1e-3 * (most - least)
    if low < least - slack or high > most + slack or high - low <= (most - least) / 2 + slack:
        raise CheckFailed(
            name,
            f"values that fill the generator's output range, {least:g} to {most:g}",
            f"values from {low:g} to {high:g}",
        )


def check_weights(pair: Pair) -> Result:
    """Every weight of both players is finite."""
    for player, model in pair.players():
        for variable in model.weights:
            values = keras.ops.convert_to_numpy(variable.value)
            if not np.isfinite(values).all():
                bad = (
                    f"{int((~np.isfinite(values)).sum())} of {values.size} numbers in {variable.path} are not"
                )
                raise CheckFailed("finite-weights", f"finite weights in the {player}", bad)
    return Result("finite-weights")


def check_fit_together(pair: Pair) -> Result:
    """The generator's output has the shape of a real sample; the discriminator makes one number of it."""
    name, wanted = "players-fit", pair.real.shape[1:]
    fake = call(pair.generator, pair.latent(2, 0), check=name, player="generator")
    if fake.shape != (2, *wanted):
        raise CheckFailed(
            name, f"generated samples of shape {wanted}, as the real ones", f"shape {fake.shape[1:]}"
        )
    verdict = call(pair.discriminator, fake, check=name, player="discriminator")
    if verdict.shape not in ((2, 1), (2,)):
        raise CheckFailed(
            name,
            "one number per sample from the discriminator, shape (2, 1) for two",
            f"shape {verdict.shape}",
        )
    return Result(name, {"sample": list(wanted)})


def check_inputs(pair: Pair) -> Result:
    """All that the other checks take for granted."""
    for check in (check_real, check_weights, check_fit_together):
        check(pair)
    return Result("inputs")


def call(model: Model, inputs: Array, *, check: str, player: str, training: bool = False) -> Array:
    """One output of a model as an array; what it refuses or puts out twice is a failed check."""
    try:
        output = model(inputs, training=training)
    except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
        raise CheckFailed(
            check, f"a {player} that accepts inputs of shape {inputs.shape}", told(error)
        ) from error
    if isinstance(output, (list, tuple, dict)):
        raise CheckFailed(check, f"a {player} with one output", f"{len(output)} outputs")
    return np.asarray(keras.ops.convert_to_numpy(output))
