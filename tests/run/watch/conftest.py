"""A worker that only listens, and the small networks that the programs of these tests train."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pytest

from harness.model import Call, Event, ModelSeen, Moved, Probe
from harness.run.watch import Watcher, install

E = TypeVar("E", bound=Event)
Array = npt.NDArray[Any]
PIXELS = 64  # 8 x 8 images


class Listener:
    """Collects events; lines are those of the test module that calls Keras."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.updates = 0
        self.aside_errors: list[Exception] = []
        self.compilations = 0
        self.budget = 10**9
        self.names: dict[str, object] = {}
        self.limits_rows = 4096

    def emit(self, event_type: type[Event], **fields: Any) -> int:
        fields.setdefault("line", self.line())
        self.events.append(event_type(seq=len(self.events), **fields))
        return len(self.events) - 1

    def line(self) -> int | None:
        frame = sys._getframe()
        while frame.f_back is not None:
            frame = frame.f_back
            if "tests/run/watch/test_" in frame.f_code.co_filename:
                return frame.f_lineno
        return None

    def in_loop(self) -> bool | None:
        return False

    def updates_left(self) -> int:
        return self.budget - self.updates

    def seconds_left(self) -> float:
        return math.inf

    def count_updates(self, n: int) -> None:
        self.updates += n

    def count_compilation(self) -> None:
        self.compilations += 1

    def aside(self, error: Exception, line: int | None, /) -> None:
        self.aside_errors.append(error)

    def namespace(self) -> Mapping[str, object]:
        return self.names

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def calls(self, api: str) -> list[Call]:
        return [call for call in self.all(Call) if call.api == api]

    def probe(self, name: str) -> Mapping[str, Any]:
        found = [probe.result for probe in self.all(Probe) if probe.name == name]
        assert len(found) == 1, [probe.name for probe in self.all(Probe)]
        return found[0]

    def seen(self, name: str) -> int:
        """The number of the model that a variable holds."""
        return [event.model for event in self.all(ModelSeen) if name in event.names][-1]


def moved(call: Call, model: int) -> Moved:
    return next(m for m in call.moved if m.model == model)


class Observation:
    """Runs a program under observers."""

    def __init__(self, listener: Listener, watcher: Watcher) -> None:
        self.listener = listener
        self.watcher = watcher


def blobs() -> Array:
    """Blurred blobs as uint8, 8 x 8: rows that differ from one another and are no noise."""
    chance = np.random.default_rng(7)
    grid = np.arange(8)
    centres = chance.uniform(1, 6, (300, 2))
    y = np.exp(-((grid[None, :] - centres[:, :1]) ** 2) / 4)
    x = np.exp(-((grid[None, :] - centres[:, 1:]) ** 2) / 4)
    texture = chance.uniform(0.8, 1.0, (300, 8, 8))
    picture: Array = (255 * y[:, :, None] * x[:, None, :] * texture).astype(np.uint8)
    return picture


@contextlib.contextmanager
def observing(images: Array) -> Iterator[Observation]:
    """Observers for the time of a ``with`` block; probes run at its end."""
    import keras

    assert keras.backend.backend() == "tensorflow"
    listener = Listener()
    watcher = install(listener)
    watcher.register_data_set("blobs", images)
    try:
        yield Observation(listener, watcher)
        watcher.finish(10.0)
    finally:
        watcher.remove()


@pytest.fixture
def images() -> Array:
    return blobs()


@pytest.fixture
def observe(images: Array) -> Callable[[], contextlib.AbstractContextManager[Observation]]:
    return lambda: observing(images)


def unit(images: Array) -> Array:
    """Images as rows in [-1, 1]."""
    scaled: Array = images.reshape(len(images), -1).astype(np.float32) / 127.5 - 1
    return scaled


def networks() -> tuple[Any, Any]:
    """A generator of 8 x 8 images and a discriminator of them, freshly seeded."""
    import keras

    keras.utils.set_random_seed(3)
    layers = keras.layers
    generator = keras.Sequential(
        [
            layers.Input((16,)),
            layers.Dense(32),
            layers.LeakyReLU(0.2),
            layers.Dense(PIXELS, activation="tanh"),
        ]
    )
    discriminator = keras.Sequential(
        [layers.Input((PIXELS,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
    )
    return generator, discriminator


def joined(generator: Any, discriminator: Any) -> Any:
    """The generator through the discriminator, as one model."""
    import keras

    z = keras.Input((16,))
    return keras.Model(z, discriminator(generator(z)))


def digest(*models: Any) -> list[bytes]:
    """All weights, bit for bit."""
    return [np.asarray(weight).tobytes() for model in models for weight in model.get_weights()]
