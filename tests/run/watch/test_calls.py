"""Training calls that are long, many or cut off: little is recorded, and the program sees nothing of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.model import Compiled
from tests.run.watch.conftest import Array, networks, unit

pytestmark = pytest.mark.slow


def test_fit_ends_cleanly_when_the_budget_is_spent(observe: Any, images: Array) -> None:
    import keras

    ended = []
    _, d = networks()
    with observe() as seen:
        seen.listener.budget = 4
        d.compile("adam", "binary_crossentropy")
        watching = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ended.append(epoch))
        history = d.fit(unit(images), np.ones((300, 1)), epochs=5, callbacks=[watching], verbose=0)
    (call,) = seen.listener.calls("fit")
    assert (call.updates, call.planned, call.cut) == (4, 50, True)
    assert ended == [0]
    assert len(call.losses) == 1  # of one epoch
    assert history.history["loss"] == 5 * list(call.losses)  # as long as the program expects it


def test_one_batch_of_very_many_rows_is_reduced(observe: Any, images: Array) -> None:
    g, d = networks()
    with observe() as seen:
        seen.listener.limits_rows = 50
        d.compile("adam", "binary_crossentropy")
        d.train_on_batch(unit(images), np.ones((300, 1)))
        d.fit(unit(images), np.ones((300, 1)), batch_size=300, verbose=0)
        made = g.predict_on_batch(np.random.default_rng(1).normal(size=(300, 16)))
    assert made.shape == (300, 64)
    calls = [seen.listener.calls(api)[0] for api in ("train_on_batch", "fit", "predict_on_batch")]
    assert all(call.reduced for call in calls)
    assert [call.batch for call in calls] == [300, 300, 300]
    assert calls[0].inputs[0].shape == (300, 64)


def test_generators_are_passed_on_and_seen(observe: Any, images: Array) -> None:
    drawn = []

    def batches() -> Any:
        for start in (0, 32, 64, 96):
            drawn.append(start)
            yield unit(images)[start : start + 32], np.ones((32, 1))

    _, d = networks()
    with observe() as seen:
        d.compile("adam", "binary_crossentropy")
        d.fit(batches(), steps_per_epoch=4, shuffle=False, verbose=0)
    (call,) = seen.listener.calls("fit")
    assert drawn == [0, 32, 64, 96]
    assert (call.inputs[0].origin, call.targets[0].distinct, call.batch) == ("data-set", (1.0,), 32)


def test_calls_alike_are_folded(observe: Any, images: Array) -> None:
    _, d = networks()
    with observe() as seen:
        d.compile("adam", "binary_crossentropy")
        for _ in range(30):
            d.train_on_batch(unit(images)[:8], np.ones((8, 1)))
    calls = seen.listener.calls("train_on_batch")
    assert sum(call.count for call in calls) == 30
    assert len(calls) <= 5
    counts = [call.iterations for call in calls if call.iterations is not None]
    assert (counts[0][0], counts[-1][1]) == (0, 21), "read where a call is examined: 1, 2, 3, 5, 8, 13, 21"


def test_recompiling_in_a_loop_shows_an_optimizer_that_starts_again(observe: Any, images: Array) -> None:
    _, d = networks()
    with observe() as seen:
        for _ in range(3):
            d.compile("adam", "binary_crossentropy")
            d.train_on_batch(unit(images)[:8], np.ones((8, 1)))
    assert [compiled.times for compiled in seen.listener.all(Compiled)] == [1, 2, 3]
    assert {call.iterations for call in seen.listener.calls("train_on_batch")} == {(0, 1)}


def test_the_history_of_a_training_that_is_cut_has_the_length_that_was_asked_for(
    observe: Any, images: Array
) -> None:
    _, d = networks()
    with observe() as seen:
        d.compile("adam", "binary_crossentropy")
        seen.listener.budget = 6
        x = unit(images)[:64]
        history = d.fit(x, np.ones((64, 1)), batch_size=16, epochs=5, validation_split=0.25, verbose=0)
    (call,) = seen.listener.calls("fit")
    assert (call.cut, call.updates, call.planned) == (True, 6, 15)
    assert history.epoch == [0, 1, 2, 3, 4]
    assert {name: len(values) for name, values in history.history.items()} == {"loss": 5, "val_loss": 5}
    assert history.history["loss"][0] != history.history["loss"][1] == history.history["loss"][4]
