"""Weights that are no numbers any more: told as lost, and not as moved where they stay as they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.run.watch.conftest import Array, joined, moved, networks, unit


def test_a_frozen_network_that_has_lost_its_weights_does_not_move(observe: Any, images: Array) -> None:
    g, d = networks()
    d.compile("adam", "binary_crossentropy")
    d.trainable = False
    gan = joined(g, d)
    gan.compile("adam", "binary_crossentropy")
    with observe() as seen:
        d.trainable = True
        d.train_on_batch(unit(images)[:8] * np.nan, np.ones((8, 1)))
        d.trainable = False
        gan.train_on_batch(np.ones((8, 16)), np.ones((8, 1)))
    own, step = seen.listener.calls("train_on_batch")
    assert moved(own, own.model).trainable > 0
    assert moved(own, own.model).lost
    assert moved(step, own.model).trainable == 0
    assert moved(step, own.model).lost


def test_weights_that_are_numbers_are_not_lost(observe: Any, images: Array) -> None:
    _, d = networks()
    d.compile("adam", "binary_crossentropy")
    with observe() as seen:
        d.train_on_batch(unit(images)[:8], np.ones((8, 1)))
    (call,) = seen.listener.calls("train_on_batch")
    assert not moved(call, call.model).lost
