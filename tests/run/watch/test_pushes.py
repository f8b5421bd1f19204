"""Where the losses of hand-written steps drive what the discriminator says, whatever the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.run.watch.conftest import PIXELS, Array, networks, unit

Losses = Callable[[Any, Any], tuple[Any, Any]]  # (says_real, says_fake) -> (G's loss, D's loss)


def probabilities(real: Any, fake: Any) -> tuple[Any, Any]:
    import keras

    loss = keras.losses.BinaryCrossentropy()
    return loss(0 * fake + 1, fake), loss(0 * real + 0.9, real) + loss(0 * fake, fake)


def logits(real: Any, fake: Any) -> tuple[Any, Any]:
    import tensorflow as tf

    loss = tf.nn.sigmoid_cross_entropy_with_logits
    of_real, of_fake = loss(tf.ones_like(real), real), loss(tf.zeros_like(fake), fake)
    return tf.reduce_mean(loss(tf.ones_like(fake), fake)), tf.reduce_mean(of_real) + tf.reduce_mean(of_fake)


def squares(real: Any, fake: Any) -> tuple[Any, Any]:
    import tensorflow as tf

    return tf.reduce_mean((fake - 1) ** 2), tf.reduce_mean((real - 1) ** 2) + tf.reduce_mean(fake**2)


def wasserstein(real: Any, fake: Any) -> tuple[Any, Any]:
    import tensorflow as tf

    return -tf.reduce_mean(fake), tf.reduce_mean(fake) - tf.reduce_mean(real)


def hinge(real: Any, fake: Any) -> tuple[Any, Any]:
    import tensorflow as tf

    of_real, of_fake = tf.nn.relu(1 - real), tf.nn.relu(1 + fake)
    return -tf.reduce_mean(fake), tf.reduce_mean(of_real) + tf.reduce_mean(of_fake)


def swapped(real: Any, fake: Any) -> tuple[Any, Any]:
    """The generator is trained to be found out."""
    import keras

    loss = keras.losses.BinaryCrossentropy()
    return loss(0 * fake, fake), loss(0 * real + 1, real) + loss(0 * fake, fake)


def turned(real: Any, fake: Any) -> tuple[Any, Any]:
    """Real is 0 and generated is 1, throughout."""
    import keras

    loss = keras.losses.BinaryCrossentropy()
    return loss(0 * fake, fake), loss(0 * real, real) + loss(0 * fake + 1, fake)


def pushes(observe: Any, images: Array, losses: Losses, *, compiled: bool) -> Mapping[str, set[str]]:
    """ "G fake", "D real" and "D fake": where each is driven."""
    import keras
    import tensorflow as tf

    g, d = networks()
    g_optimizer, d_optimizer = keras.optimizers.Adam(), keras.optimizers.Adam()

    def step(real: Any) -> None:
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fake = g(tf.random.normal((tf.shape(real)[0], 16)), training=True)
            g_loss, d_loss = losses(d(real, training=True), d(fake, training=True))
        players = ((g_tape, g_loss, g_optimizer, g), (d_tape, d_loss, d_optimizer, d))
        for tape, loss, optimizer, model in players:
            weights = model.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    with observe() as seen:
        seen.listener.names.update(g=g, d=d)
        run = tf.function(step) if compiled else step
        for first in (0, 32):
            run(tf.constant(unit(images)[first : first + 32]))
    names = {seen.listener.seen("g"): "G", seen.listener.seen("d"): "D"}
    found: dict[str, set[str]] = {}
    for one in seen.listener.probe("pushes")["steps"]:
        (trained,) = one["trained"]
        for fed in one["fed"]:
            assert names[fed["model"]] == "D"
            what = "fake" if fed["maker"] is not None else "real"
            found.setdefault(f"{names[trained]} {what}", set()).add(fed["pushed"])
    return found


@pytest.mark.parametrize(
    ("losses", "compiled"),
    [(loss, True) for loss in (probabilities, logits, squares, wasserstein, hinge)]
    # Keras's losses for probabilities look behind the sigmoid, TensorFlow's do not.
    + [(probabilities, False), (logits, False)],
)
def test_a_right_step_drives_both_players_apart(
    observe: Any, images: Array, losses: Losses, compiled: bool
) -> None:
    assert pushes(observe, images, losses, compiled=compiled) == {
        "G fake": {"up"},
        "D real": {"up"},
        "D fake": {"down"},
    }


@pytest.mark.parametrize("compiled", [True, False], ids=["graph", "eager"])
def test_a_swapped_label_is_a_push_to_the_generated_side(observe: Any, images: Array, compiled: bool) -> None:
    assert pushes(observe, images, swapped, compiled=compiled) == {
        "G fake": {"down"},
        "D real": {"up"},
        "D fake": {"down"},
    }


@pytest.mark.parametrize("compiled", [True, False], ids=["graph", "eager"])
def test_a_turned_convention_is_turned_throughout(observe: Any, images: Array, compiled: bool) -> None:
    assert pushes(observe, images, turned, compiled=compiled) == {
        "G fake": {"down"},
        "D real": {"down"},
        "D fake": {"up"},
    }


@pytest.mark.parametrize("compiled", [True, False], ids=["graph", "eager"])
def test_what_stands_beside_an_image_is_not_what_is_judged(
    observe: Any, images: Array, compiled: bool
) -> None:
    """As in a conditional network, whose labels are no image."""
    import keras
    import tensorflow as tf

    g, _ = networks()
    image, label = keras.Input((PIXELS,)), keras.Input((4,))
    both = keras.layers.Dense(32, activation="relu")(keras.layers.Concatenate()([image, label]))
    d = keras.Model([label, image], keras.layers.Dense(1, activation="sigmoid")(both))
    labels = tf.one_hot(tf.range(32) % 4, 4)
    optimizer, loss = keras.optimizers.Adam(), keras.losses.BinaryCrossentropy()

    def step(real: Any) -> None:
        with tf.GradientTape() as tape:
            fake = g(tf.random.normal((32, 16)))
            says_real, says_fake = d([labels, real]), d([labels, fake])
            of_d = loss(0 * says_real + 1, says_real) + loss(0 * says_fake, says_fake)
        weights = d.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(of_d, weights), weights, strict=True))

    with observe() as seen:
        seen.listener.names.update(g=g, d=d)
        run = tf.function(step) if compiled else step
        run(tf.constant(unit(images)[:32]))
    driven = [
        (fed["maker"] is not None, fed["pushed"])
        for one in seen.listener.probe("pushes")["steps"]
        for fed in one["fed"]
        if fed["model"] == seen.listener.seen("d")
    ]
    assert sorted(set(driven)) == [(False, "up"), (True, "down")]


def test_the_parts_of_a_joined_batch_are_driven_apart(observe: Any, images: Array) -> None:
    """As in a custom ``train_step`` that concatenates generated and real rows."""
    import tensorflow as tf

    from tests.run.watch.test_unchanged import make_gan

    gan = make_gan()
    with observe() as seen:
        seen.listener.names.update(gan=gan, g=gan.g, d=gan.d)
        gan.fit(tf.data.Dataset.from_tensor_slices(unit(images)).batch(32), shuffle=False, verbose=0)
    d = seen.listener.seen("d")
    (of_d,) = [one for one in seen.listener.probe("pushes")["steps"] if one["trained"] == [d] and one["fed"]]
    driven = {(fed["maker"] is not None, fed["pushed"]) for fed in of_d["fed"]}
    assert driven == {
        (True, "down"),
        (False, "up"),
    }


def test_the_rows_of_a_joined_batch_are_driven_apart_on_an_eager_tape(observe: Any, images: Array) -> None:
    import keras
    import tensorflow as tf

    g, d = networks()
    optimizer = keras.optimizers.Adam()
    loss_of = keras.losses.BinaryCrossentropy()
    real = tf.constant(unit(images)[:32])
    labels = tf.concat((tf.ones((32, 1)), tf.zeros((32, 1))), axis=0)
    with observe() as seen:
        seen.listener.names.update(g=g, d=d)
        batch = tf.concat((real, g(tf.random.normal((32, 16)))), axis=0)
        with tf.GradientTape() as tape:
            loss = loss_of(labels, d(batch))
        weights = d.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
    (one,) = seen.listener.probe("pushes")["steps"]
    assert {(fed["maker"], fed["pushed"]) for fed in one["fed"]} == {
        (None, "up"),
        (seen.listener.seen("g"), "down"),
    }


def test_a_step_that_is_handed_nothing_is_looked_at_too(observe: Any, images: Array) -> None:
    """As a generator's step in a function of its own, which draws its noise there."""
    import keras
    import tensorflow as tf

    g, d = networks()
    optimizer = keras.optimizers.Adam()

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(d(g(tf.random.normal((32, 16)))))
        weights = g.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    with observe() as seen:
        seen.listener.names.update(g=g, d=d)
        d(tf.constant(unit(images)[:32]))
        tf.function(step)()
    (one,) = seen.listener.probe("pushes")["steps"]
    assert one["trained"] == [seen.listener.seen("g")]
    assert [fed["pushed"] for fed in one["fed"]] == ["up"]
