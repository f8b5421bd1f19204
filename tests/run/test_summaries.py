"""A step that writes summaries trains where TensorBoard is missing, which an import of it still says."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import pytest

from harness.model import Verdict
from harness.pipeline import Options, review_text
from harness.run.summaries import stand_in

MODULE = "tensorboard.summary.v2"
STEP = """
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
writer = tf.summary.create_file_writer("logs")


@tf.function
def train_step(x, step):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - 1.0) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    with writer.as_default():
        tf.summary.scalar("loss", loss, step=step)


for step in range(4):
    train_step(tf.random.normal((8, 2)), tf.constant(step, tf.int64))
"""


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, MODULE, raising=False)


def test_only_what_tensorflow_asks_for_is_put_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    stand_in()
    assert importlib.import_module(MODULE).scalar("loss", 3.0, step=1) is False
    assert "tensorboard" not in sys.modules
    monkeypatch.delitem(sys.modules, MODULE)


def test_an_installed_tensorboard_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    stand_in()
    assert MODULE not in sys.modules


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is not None, reason="TensorBoard is installed")
def test_a_step_with_summaries_trains() -> None:
    review = review_text(STEP, "step.py", Options(), kind="script")
    assert (review.verdict, review.findings, review.coverage.updates) == (Verdict.CLEAN, (), 4)
