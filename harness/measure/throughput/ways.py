"""An article's own way of training, made correct, as data: ``articles/<slug>/bench.toml``.

::

    [way]
    title = "predict, then train_on_batch for each network"
    lines = "77-89"                    # of the article
    generate = "predict"               # how synthetic images are made: predict or call
    update = "train_on_batch"          # how a network is trained: train_on_batch or fit
    compile = "once"                   # or each-step: compiled anew in the loop, the optimizer kept
    discriminator = "separate"         # real and synthetic images in two calls, or joined in one
    real = "batch"                     # real images of a step: a batch, or all

``read_way`` imports no framework; ``train`` runs in a worker.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from harness.measure.throughput.gate import Gate
    from harness.measure.throughput.players import Players

_CHOICES = {
    "generate": ("predict", "call"),
    "update": ("train_on_batch", "fit"),
    "compile": ("once", "each-step"),
    "discriminator": ("separate", "joined"),
    "real": ("batch", "all"),
}


class WayError(Exception):
    """A ``bench.toml`` that is not what it should be; the message names the file and the key."""


@dataclass(frozen=True)
class Way:
    """How an article trains; the fields' values are those of the module's docstring."""

    title: str
    lines: str
    generate: str
    update: str
    compile: str
    discriminator: str
    real: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def read_way(path: Path) -> Way | None:
    """The way that the file declares; None where there is no file: the article trains nothing.

    Raises WayError.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise WayError(f"{path}: it cannot be read as TOML ({error})") from error
    table = found.get("way")
    if not isinstance(table, dict):
        raise WayError(f"{path}: found no table [way]; see docs/benchmarks.md")
    return way_of(table, str(path))


def way_of(table: Mapping[str, Any], place: str) -> Way:
    """A way from its keys.  Raises WayError where one is missing, unknown or has another value."""
    expected = ("title", "lines", *_CHOICES)
    for key in expected:
        if not isinstance(table.get(key), str):
            raise WayError(f"{place}: found way.{key} = {table.get(key)!r}, expected a text")
    for key in table:
        if key not in expected:
            raise WayError(f"{place}: found way.{key}, expected only {', '.join(expected)}")
    for key, values in _CHOICES.items():
        if table[key] not in values:
            raise WayError(f"{place}: found way.{key} = {table[key]!r}, expected one of {', '.join(values)}")
    return Way(**{key: table[key] for key in expected})


def train(players: Players, way: Way, batch: int, gate: Gate) -> None:
    """Train both players in this way until the gate has seen enough.

    Made correct: the discriminator is frozen in the generator's step by toggling ``trainable`` before every
    call, which holds in Keras 2 and 3; each network keeps one optimizer; both play on ``batch`` images.
    """
    import keras

    generator, discriminator = players.generator, players.discriminator
    latent = keras.Input(players.latent_shape)
    combined = keras.Model(latent, discriminator(generator(latent)))
    optimizers = {id(model): players.optimizer() for model in (discriminator, combined)}
    draw = np.random.default_rng(0)

    def compiled(model: Any) -> None:
        model.compile(optimizer=optimizers[id(model)], loss=players.loss)

    update = _UPDATES[way.update]
    generate = _GENERATES[way.generate]
    each_step = way.compile == "each-step"
    if not each_step:
        for model, trainable in ((discriminator, True), (combined, False)):
            discriminator.trainable = trainable
            compiled(model)
    while True:
        z = draw.normal(size=(batch, *players.latent_shape)).astype(np.float32)
        fake = generate(generator, z)
        rows = draw.integers(0, len(players.images), batch)
        real = players.images if way.real == "all" else players.images[rows]
        discriminator.trainable = True
        if each_step:
            compiled(discriminator)
        for inputs, targets in _lessons(way, real, fake):
            update(discriminator, inputs, targets)
        discriminator.trainable = False
        if each_step:
            compiled(combined)
        update(combined, z, _labels(1, z))
        gate.passed(1)


def _lessons(way: Way, real: Any, fake: Any) -> list[tuple[Any, Any]]:
    """What the discriminator is taught in a step: real images are 1, synthetic ones are 0."""
    if way.discriminator == "separate":
        return [(real, _labels(1, real)), (fake, _labels(0, fake))]
    return [(np.concatenate([real, fake]), np.concatenate([_labels(1, real), _labels(0, fake)]))]


def _labels(value: int, samples: Any) -> Any:
    return np.full((len(samples), 1), value, np.float32)


def _fit(model: Any, inputs: Any, targets: Any) -> None:
    model.fit(inputs, targets, batch_size=len(inputs), epochs=1, verbose=0)


def _call(model: Any, inputs: Any) -> Any:
    import keras

    return keras.ops.convert_to_numpy(model(inputs, training=False))


_UPDATES: Mapping[str, Callable[[Any, Any, Any], object]] = {
    "train_on_batch": lambda model, inputs, targets: model.train_on_batch(inputs, targets),
    "fit": _fit,
}
_GENERATES: Mapping[str, Callable[[Any, Any], Any]] = {
    "predict": lambda model, z: model.predict(z, batch_size=len(z), verbose=0),
    "call": _call,
}
