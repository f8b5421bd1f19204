"""Looks at a program while it trains, in its sandbox: its losses, and what it draws at several moments.

``harness.run.plain`` imports this and calls ``observe`` when the program has imported Keras.  What is
seen goes to two files in the working folder; ``recorded.py`` reads them as the claims of a program that
nobody vouches for.  Looked at is the first ``fit`` of a model that trains a generator of 28 x 28 pixels
in a known range.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from harness.measure.pair import Model, Pair, known_shape, value_range
from harness.measure.recorded import DIGITS, MOMENTS, PIXELS, SEED
from harness.measure.runs import sample
from harness.measure.updates import as_list

#: Shares of the whole training after which the generator is looked at; most happens early.
SHARES = (0.0, 0.01, 0.03, 0.1, 0.3, 0.6, 1.0)
_MOST_LOSSES = 50_000  # batches whose losses are written
_MOST_EPOCHS = 20  # looked at where Keras does not know beforehand how long a training is


def observe() -> None:
    """Fix the seed, and watch the first training of a generator by ``fit``."""
    keras.utils.set_random_seed(SEED)
    folder, fit, seen = Path.cwd(), keras.Model.fit, False

    def watched(self: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal seen
        generator = _generator(self)
        # ``callbacks`` is the sixth parameter of fit; given by place it would be in the way of ours.
        if seen or generator is None or len(arguments) > 5:
            return fit(self, *arguments, **options)
        seen = True
        options["callbacks"] = [*as_list(options.get("callbacks")), Watch(generator, folder)]
        return fit(self, *arguments, **options)

    keras.Model.fit = watched


def _generator(model: Model) -> Model | None:
    """The program's ``generator``, else the one that the model in training holds; None where none will do."""
    # While a program runs, its names are those of the main module.
    for holder in (sys.modules["__main__"], model):
        found = getattr(holder, "generator", None)
        if isinstance(found, keras.Model) and math.prod(known_shape(found, "output_shape") or ()) == PIXELS:
            return found if value_range(_alone(found)) and known_shape(found, "input_shape") else None
    return None


def _alone(generator: Model) -> Pair:
    """A generator as a Pair, for what asks nothing of the other player."""
    return Pair(generator, generator, np.zeros((1, 1), np.float32))


class Watch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no annotations
    """Notes the losses of every batch, and what the generator draws after each share of the training."""

    def __init__(self, generator: Model, folder: Path) -> None:
        super().__init__()
        self.pair, self.folder = _alone(generator), folder
        self.updates, self.batch, self.steps = 0, -1, 0
        self.due: list[int] = []
        self.moments: list[int] = []
        self.at: list[int] = []
        self.losses: dict[str, list[float]] = {}

    def on_train_begin(self, logs: object = None) -> None:
        self.steps = int(self.params.get("steps") or 0)
        total = self.steps * int(self.params.get("epochs") or 1)
        self.due = sorted({max(1, round(share * total)) for share in SHARES[1:]}) if total else []
        (self.folder / DIGITS).write_bytes(b"")
        self._look()

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.batch = -1

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.updates += batch - self.batch  # more than one with steps_per_execution
        self.batch = batch
        if len(self.at) < _MOST_LOSSES:
            self.at.append(self.updates)
            for name, value in (logs or {}).items():
                if "loss" in name:
                    self.losses.setdefault(name, []).append(float(value))
        if self.due and self.updates >= self.due[0]:
            self.due = [one for one in self.due if one > self.updates]
            self._look()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.steps = self.steps or self.updates
        if self.params.get("steps") is None and epoch < _MOST_EPOCHS:
            self._look()

    def on_train_end(self, logs: object = None) -> None:
        self._look()

    def _look(self) -> None:
        if self.moments and self.moments[-1] == self.updates:
            return
        _ = self.model  # on JAX this brings the weights back to the model
        images = np.rint(sample(self.pair, SEED).clip(0, 1) * 255).astype(np.uint8)
        with (self.folder / DIGITS).open("ab") as file:
            file.write(images.tobytes())
        self.moments.append(self.updates)
        told = {"moments": self.moments, "steps": self.steps, "at": self.at, "losses": self.losses}
        (self.folder / MOMENTS).write_text(json.dumps(told))
