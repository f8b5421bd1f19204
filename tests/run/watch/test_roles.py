"""Who is generator and who discriminator, and where there is no such pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.model import Probe
from tests.run.watch.conftest import Array, joined, networks, unit

pytestmark = pytest.mark.slow


def pairs(seen: Any) -> list[tuple[int, int]]:
    found = seen.listener.probe("roles")["pairs"]
    return [(pair["generator"], pair["discriminator"]) for pair in found]


def test_an_autoencoder_beside_a_binary_classifier_is_no_pair(observe: Any, images: Array) -> None:
    import keras

    layers = keras.layers
    with observe() as seen:
        autoencoder = keras.Sequential(
            [layers.Input((64,)), layers.Dense(8, "relu"), layers.Dense(64, "sigmoid")]
        )
        classifier = keras.Sequential([layers.Input((64,)), layers.Dense(1, "sigmoid")])
        autoencoder.compile("adam", "mse")
        classifier.compile("adam", "binary_crossentropy")
        x = unit(images)
        autoencoder.fit(x, x, verbose=0)
        classifier.fit(x, np.arange(300).reshape(-1, 1) % 2, verbose=0)
    assert pairs(seen) == []


def test_encoder_and_decoder_are_no_pair(observe: Any, images: Array) -> None:
    import keras

    layers = keras.layers
    with observe() as seen:
        encoder = keras.Sequential([layers.Input((64,)), layers.Dense(2)])
        decoder = keras.Sequential([layers.Input((2,)), layers.Dense(64, "sigmoid")])
        x = keras.Input((64,))
        whole = keras.Model(x, decoder(encoder(x)))
        whole.compile("adam", "mse")
        whole.fit(unit(images), unit(images), verbose=0)
        decoder.predict(np.random.default_rng(1).normal(size=(64, 2)), verbose=0)
    assert pairs(seen) == []


def test_a_head_on_extracted_features_is_no_pair(observe: Any, images: Array) -> None:
    import keras

    layers = keras.layers
    with observe() as seen:
        base = keras.Sequential([layers.Input((64,)), layers.Dense(32, "relu")])
        head = keras.Sequential([layers.Input((32,)), layers.Dense(1, "sigmoid")])
        head.compile("adam", "binary_crossentropy")
        head.fit(base.predict(unit(images), verbose=0), np.arange(300).reshape(-1, 1) % 2, verbose=0)
    assert pairs(seen) == []


def test_a_pair_that_was_never_trained_is_known_by_its_joined_model(observe: Any) -> None:
    with observe() as seen:
        first, second = networks()
        gan = joined(first, second)
        gan.compile("adam", "binary_crossentropy")
        seen.listener.names.update(a=first, b=second, c=gan)
    assert pairs(seen) == [(seen.listener.seen("a"), seen.listener.seen("b"))]
    assert seen.listener.probe("dependence")["depends"] is True


def test_players_that_do_not_fit_are_known_by_noise_and_names(observe: Any, images: Array) -> None:
    import keras

    layers = keras.layers
    with observe() as seen:
        generator = keras.Sequential(
            [layers.Input((16,)), layers.Dense(64), layers.Reshape((8, 8)), layers.Dense(1)]
        )
        discriminator = keras.Sequential([layers.Input((8, 8)), layers.Flatten(), layers.Dense(1, "sigmoid")])
        seen.listener.names.update(generator=generator, discriminator=discriminator)
        discriminator.compile("adam", "binary_crossentropy")
        generator.compile("adam", "binary_crossentropy")
        discriminator.train_on_batch(images[:8] / 255.0, np.ones((8, 1)))
        made = generator.predict(np.random.default_rng(1).normal(size=(8, 16)), verbose=0)
        assert made.shape == (8, 8, 1)
    assert pairs(seen) == [(seen.listener.seen("generator"), seen.listener.seen("discriminator"))]


def test_a_generator_of_another_size_is_refused(observe: Any, images: Array) -> None:
    import keras

    layers = keras.layers
    _, discriminator = networks()
    with observe() as seen:
        generator = keras.Sequential([layers.Input((16,)), layers.Dense(60, "tanh")])
        seen.listener.names.update(gen=generator, disc=discriminator)
        discriminator.compile("adam", "binary_crossentropy")
        discriminator.train_on_batch(unit(images)[:8], np.ones((8, 1)))
        made = generator.predict(np.random.default_rng(1).normal(size=(8, 16)), verbose=0)
        # In graph mode the second shape meets the compiled step and fails inside TensorFlow.
        with pytest.raises(Exception, match="incompatible"):
            discriminator.train_on_batch(made, np.zeros((8, 1)))
    failed = [call for call in seen.listener.calls("train_on_batch") if call.error is not None]
    assert [call.inputs[0].origin for call in failed] == ["model"]
    fits = seen.listener.probe("fit-together")
    assert (fits["accepted"], fits["generator_output"]) == (False, [8, 60])
    assert fits["discriminator_input"] == [None, 64]
    assert "ValueError" in fits["error"]


def test_a_joined_model_without_a_way_between_does_not_depend(observe: Any) -> None:
    import keras

    g, d = networks()
    with observe() as seen:
        seen.listener.names.update(generator=g, discriminator=d)
        z, x = keras.Input((16,)), keras.Input((64,))
        gan = keras.Model([z, x], [g(z), d(x)])
        gan.compile("adam", ["mse", "binary_crossentropy"])
        noise = np.random.default_rng(1).normal(size=(8, 16))
        gan.train_on_batch([noise, np.zeros((8, 64))], [np.zeros((8, 64)), np.ones((8, 1))])
    assert pairs(seen) == [(seen.listener.seen("generator"), seen.listener.seen("discriminator"))]
    assert seen.listener.probe("dependence")["depends"] is False


def test_probes_leave_the_weights_and_stop_when_time_is_short(observe: Any, images: Array) -> None:
    g, d = networks()
    with observe() as seen:
        d.compile("adam", "binary_crossentropy")
        d.train_on_batch(unit(images)[:8], np.ones((8, 1)))
        d.train_on_batch(
            g.predict(np.random.default_rng(1).normal(size=(8, 16)), verbose=0), np.zeros((8, 1))
        )
        held = [weight.copy() for model in (g, d) for weight in model.get_weights()]
        seen.watcher.finish(0.0)
        assert {probe.name for probe in seen.listener.all(Probe)} == {"roles"}
        seen.watcher.finish(10.0)
        after = [weight for model in (g, d) for weight in model.get_weights()]
        assert all(np.array_equal(a, b) for a, b in zip(held, after, strict=True))
        seen.listener.events.clear()
    assert pairs(seen)


@pytest.mark.parametrize("known", [False, True])
def test_an_encoder_and_its_head_are_no_pair_however_random_the_data(observe: Any, known: bool) -> None:
    import keras
    import tensorflow as tf

    layers = keras.layers
    rng = np.random.default_rng(3)
    x = rng.random((400, 3), dtype=np.float32)
    with observe() as seen:
        first = keras.Sequential([layers.Input((3,)), layers.Dense(3, "relu")])
        second = keras.Sequential([layers.Input((3,)), layers.Dense(1)])
        seen.listener.names.update({"generator": first, "critic": second} if known else {})
        optimizer = keras.optimizers.Adam()
        for _ in range(3):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(second(first(x)) - x[:, :1]))
            variables = [*first.trainable_variables, *second.trainable_variables]
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
    assert bool(pairs(seen)) is known


@pytest.mark.parametrize("swapped", [False, True])
def test_toy_data_beside_generated_points_are_told_by_their_labels(observe: Any, swapped: bool) -> None:
    import keras

    layers, rng = keras.layers, np.random.default_rng(3)
    with observe() as seen:
        maker = keras.Sequential([layers.Input((8,)), layers.Dense(16, "relu"), layers.Dense(2)])
        judge = keras.Sequential([layers.Input((2,)), layers.Dense(16, "relu"), layers.Dense(1, "sigmoid")])
        judge.compile("adam", "binary_crossentropy")
        judge.trainable = False
        both = keras.Sequential([maker, judge])
        both.compile("adam", "binary_crossentropy")
        for _ in range(2):
            made = maker.predict(rng.normal(size=(32, 8)), verbose=0)
            rows = np.concatenate([rng.normal(2, 0.3, (32, 2)), made])
            labels = np.repeat([0.0, 1.0] if swapped else [1.0, 0.0], 32)
            judge.trainable = True
            judge.train_on_batch(rows, labels)
            judge.trainable = False
            both.train_on_batch(rng.normal(size=(32, 8)), np.zeros(32))
    direction = seen.listener.probe("direction")
    assert direction["labels"] == {"real": [0.0 if swapped else 1.0], "fake": [1.0 if swapped else 0.0]}
    assert direction["towards_real"] is swapped
