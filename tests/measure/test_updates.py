"""A training is counted, ended early and looked at on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from harness.measure.updates import Watch, watched

ROWS = np.arange(40, dtype="float32")[:, None]


def model(**compiled: Any) -> Any:
    found = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    found.compile("sgd", "mse", **compiled)
    return found


def fitted(watch: Watch, trained: Any, **arguments: Any) -> int:
    """How many updates this ``fit`` made; at ten to the epoch."""
    before = watch.updates
    trained.fit(ROWS, ROWS, **{"batch_size": 4, "verbose": 0, **arguments})
    assert int(trained.optimizer.iterations) >= watch.updates - before
    return watch.updates - before


def test_all_updates_of_all_fits_are_counted() -> None:
    with watched() as watch:
        assert fitted(watch, model(), epochs=3) == 30
        assert fitted(watch, model()) == 10
    assert watch.updates == 40


def test_several_steps_in_one_execution_are_several_updates() -> None:
    with watched() as watch:
        assert fitted(watch, model(steps_per_execution=5), epochs=2) == 20


def test_training_ends_at_the_limit_and_the_limit_is_for_all_fits() -> None:
    with watched(limit=13) as watch:
        assert fitted(watch, model(), epochs=3) == 13
        assert fitted(watch, model(), epochs=3) == 1, "fit itself always makes one"


def test_milestones_are_met_once_each_with_the_weights_of_that_moment() -> None:
    trained, seen = model(), []
    start = trained.get_weights()[0].copy()

    def look(updates: int) -> None:
        seen.append((updates, float(np.abs(trained.get_weights()[0] - start).max())))

    with watched(milestones=(25, 7), reached=look) as watch:
        fitted(watch, trained, epochs=3)
    assert [updates for updates, _ in seen] == [7, 25]
    assert all(moved > 0 for _, moved in seen)
    assert seen[0][1] != seen[1][1]


@pytest.mark.parametrize("averaged", [True, False])
def test_a_milestone_shows_the_weights_of_a_training_that_ended_there(averaged: bool) -> None:
    def train(**watch: Any) -> list[Any]:
        keras.utils.set_random_seed(3)
        trained = model()
        trained.compile(keras.optimizers.SGD(0.001, use_ema=averaged, ema_momentum=0.9), "mse")
        seen: list[Any] = []
        with watched(**watch, reached=lambda updates: seen.extend(trained.get_weights())) as one:
            fitted(one, trained, shuffle=False)
        return [*seen, *trained.get_weights()]

    looked_at, whole, ended = train(milestones=[6]), train(), train(limit=6)
    assert len(looked_at) == 4
    for there, here in zip(looked_at, [*ended, *whole], strict=True):
        np.testing.assert_array_equal(there, here)
    assert not np.array_equal(ended[0], whole[0])


@pytest.mark.parametrize(
    "as_given",
    [lambda one: [one], lambda one: one, lambda one: keras.callbacks.CallbackList([one])],
    ids=["list", "alone", "CallbackList"],
)
def test_callbacks_of_the_program_are_called_too(as_given: Callable[[Any], Any]) -> None:
    ends: list[int] = []
    own = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(epoch))
    with watched() as watch:
        assert fitted(watch, model(), epochs=2, callbacks=as_given(own)) == 20
    assert ends == [0, 1]


def test_fit_is_put_back() -> None:
    def fails() -> None:
        with watched():
            assert keras.Model.fit is not original
            raise ZeroDivisionError

    original = keras.Model.fit
    with pytest.raises(ZeroDivisionError):
        fails()
    assert keras.Model.fit is original
