"""Observers change nothing: the same weights bit for bit, with and without them."""

from __future__ import annotations

import inspect
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from harness.model import Call, Noticed
from tests.run.watch.conftest import Array, blobs, digest, joined, networks, observing, unit
from tests.run.watch.test_added import fused

Program = Callable[[Array], list[bytes]]


def classic(images: Array) -> list[bytes]:
    g, d = networks()
    gan = joined(g, d)
    d.compile("adam", "binary_crossentropy")
    d.trainable = False
    gan.compile("adam", "binary_crossentropy")
    real = unit(images)
    for _ in range(6):
        z = np.random.normal(size=(32, 16))
        d.trainable = True
        d.train_on_batch(real[np.random.randint(0, len(real), 32)], np.ones((32, 1)))
        d.train_on_batch(g.predict(z, verbose=0), np.zeros((32, 1)))
        d.trainable = False
        gan.train_on_batch(z, np.ones((32, 1)))
    return digest(g, d)


def custom_step(images: Array) -> list[bytes]:
    import tensorflow as tf

    gan = make_gan()
    data = tf.data.Dataset.from_tensor_slices(unit(images)).shuffle(300).batch(32)
    gan.fit(data, epochs=2, shuffle=False, verbose=0)
    return digest(gan.g, gan.d)


def make_gan() -> Any:
    import keras
    import tensorflow as tf

    class GAN(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.g, self.d = networks()

        def compile(self) -> None:
            super().compile()
            self.d_optimizer, self.g_optimizer = keras.optimizers.Adam(), keras.optimizers.Adam()
            self.loss_fn = keras.losses.BinaryCrossentropy()

        def train_step(self, real: Any) -> dict[str, Any]:
            rows = tf.shape(real)[0]
            both = tf.concat([self.g(tf.random.normal((rows, 16))), real], axis=0)
            labels = tf.concat([tf.zeros((rows, 1)), tf.ones((rows, 1))], axis=0)
            with tf.GradientTape() as tape:
                d_loss = self.loss_fn(labels, self.d(both))
            weights = self.d.trainable_weights
            self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))
            with tf.GradientTape() as tape:
                g_loss = self.loss_fn(tf.ones((rows, 1)), self.d(self.g(tf.random.normal((rows, 16)))))
            weights = self.g.trainable_weights
            self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
            return {"loss": d_loss}

    gan = GAN()
    gan.compile()
    return gan


def make_step(g: Any, d: Any, *, compiled: bool) -> Callable[[Any], Any]:
    import keras
    import tensorflow as tf

    g_optimizer, d_optimizer = keras.optimizers.Adam(), keras.optimizers.Adam()
    crossentropy = keras.losses.BinaryCrossentropy()

    def step(real: Any) -> Any:
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fake = g(tf.random.normal((32, 16)), training=True)
            says_real, says_fake = d(real, training=True), d(fake, training=True)
            g_loss = crossentropy(tf.ones_like(says_fake), says_fake)
            d_loss = crossentropy(tf.ones_like(says_real), says_real)
            d_loss += crossentropy(tf.zeros_like(says_fake), says_fake)
        g_gradients = g_tape.gradient(g_loss, g.trainable_variables)
        d_gradients = d_tape.gradient(d_loss, d.trainable_variables)
        g_optimizer.apply_gradients(zip(g_gradients, g.trainable_variables, strict=True))
        d_optimizer.apply_gradients(zip(d_gradients, d.trainable_variables, strict=True))
        return d_loss

    return tf.function(step) if compiled else step


def tapes(images: Array, *, compiled: bool) -> list[bytes]:
    import tensorflow as tf

    g, d = networks()
    step = make_step(g, d, compiled=compiled)
    data = tf.data.Dataset.from_tensor_slices(unit(images)).shuffle(300).batch(32, drop_remainder=True)
    for batch in data:
        step(batch)
    return digest(g, d)


def compiled_tape(images: Array) -> list[bytes]:
    return tapes(images, compiled=True)


def eager_tape(images: Array) -> list[bytes]:
    return tapes(images, compiled=False)


def added_losses(images: Array) -> list[bytes]:
    model = fused(*networks())
    model.compile("adam")
    model.fit(unit(images), batch_size=32, epochs=2, verbose=0)
    return digest(model.g, model.d)


def classifier(images: Array) -> list[bytes]:
    import keras

    keras.utils.set_random_seed(5)
    layers = keras.layers
    model = keras.Sequential([layers.Dense(16, "relu"), layers.BatchNormalization(), layers.Dropout(0.3)])
    model.add(layers.Dense(3, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    labels = np.arange(len(images)) % 3
    model.fit(unit(images), labels, epochs=2, validation_split=0.2, verbose=0)
    model.evaluate(unit(images), labels, verbose=0)
    return digest(model)


@dataclass(frozen=True)
class Both:
    """One program's weights without observers and with them, and what the observers saw."""

    without: list[bytes]
    watched: list[bytes]
    trained: bool
    noticed: list[Noticed]


def both(program: Program) -> Both:
    import keras

    images = blobs()
    keras.utils.set_random_seed(11)
    without = program(images)
    keras.utils.set_random_seed(11)
    with observing(images) as seen:
        watched = program(images)
    trained = any(call.trains for call in seen.listener.all(Call))
    return Both(without, watched, trained, seen.listener.all(Noticed))


def one_operation_at_a_time() -> None:
    import tensorflow as tf

    tf.config.threading.set_inter_op_parallelism_threads(1)


@pytest.fixture(scope="module")
def alone() -> Iterator[ProcessPoolExecutor]:
    """A process whose graphs run one operation after the other.

    Where TensorFlow runs several at once, the same program ends with other last bits in about every fifth
    run on two cores, without any observer, and ``enable_op_determinism`` does not change that.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=one_operation_at_a_time) as process:
        yield process


@pytest.mark.slow
@pytest.mark.parametrize(
    "program", [classic, custom_step, compiled_tape, eager_tape, added_losses, classifier]
)
def test_weights_are_the_same_with_and_without_observers(
    program: Program, alone: ProcessPoolExecutor
) -> None:
    seen = alone.submit(both, program).result()
    assert seen.trained, "nothing was observed"
    assert seen.noticed == []
    others = [number for number, (a, b) in enumerate(zip(seen.without, seen.watched, strict=True)) if a != b]
    assert others == [], "weights, by number, that the observers changed"


def test_signatures_are_unchanged(observe: Any) -> None:
    import keras

    before = {name: inspect.signature(getattr(keras.Model, name)) for name in ("fit", "predict", "compile")}
    with observe():
        after = {name: inspect.signature(getattr(keras.Model, name)) for name in before}
        assert keras.Model.fit.__doc__ == inspect.unwrap(keras.Model.fit).__doc__
    assert after == before


def test_removing_the_observers_puts_every_method_back(observe: Any) -> None:
    import keras
    import tensorflow as tf

    def methods() -> list[Any]:
        names = ("fit", "train_on_batch", "predict", "__call__", "compile", "add_loss", "stateless_call")
        others = [tf.GradientTape.gradient, keras.losses.Loss.__call__]
        return [*(getattr(keras.Model, name) for name in names), *others]

    before = methods()
    with observe():
        assert methods() != before
    assert methods() == before
