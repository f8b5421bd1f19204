"""What is timed: each subject trains through a gate until the gate has seen enough.

A subject is a function of the players, the batch size and the gate; what it returns to its caller by
``Enough`` it does not have to clean up: the next batch size begins with fresh players.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras

from harness.measure.throughput import ways
from harness.measure.throughput.gate import Gate
from harness.measure.throughput.players import Players
from harness.measure.throughput.reference import Chosen, train_reference

Details = dict[str, Any]
Subject = Callable[[Players, int, Gate, Details], None]
_FOREVER = 10**9


def corrected(players: Players, batch: int, gate: Gate, details: Details) -> None:
    """The program's own compiled step, by its own ``fit``."""
    # A last batch that is smaller would be compiled too; a program meets it once, not in steady state.
    whole = max(len(players.images) // batch, 1) * batch
    details["steps_per_call"] = int(getattr(players.gan, "steps_per_execution", 1) or 1)
    players.gan.fit(
        players.images[:whole], batch_size=batch, epochs=_FOREVER, verbose=0, callbacks=[_Passing(gate)]
    )


def article_way(way: ways.Way) -> Subject:
    """The article's way of training, made correct."""

    def subject(players: Players, batch: int, gate: Gate, details: Details) -> None:
        ways.train(players, way, batch, gate)

    return subject


def reference(compilers: bool) -> Subject:
    """The same step fused by hand: the fastest of the backend's candidates.

    ``compilers``: also those that take a minute to compile.
    """

    def subject(players: Players, batch: int, gate: Gate, details: Details) -> None:
        def chosen(found: Chosen) -> None:
            details.update(chosen=found.name, candidates=dict(found.seconds), left_out=dict(found.left_out))

        train_reference(players, batch, gate, chosen, compilers=compilers)

    return subject


class _Passing(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no annotations
    """Passes the gate after each call of ``fit``, which may be several steps."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self._gate = gate
        self._last = -1

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._last = -1

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        steps, self._last = batch - self._last, batch
        self._gate.passed(steps)
