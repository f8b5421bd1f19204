"""What the observers say of common ways of training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.model import Compiled, FrameworkLoaded, ModelSeen
from tests.run.watch.conftest import Array, joined, moved, networks, unit
from tests.run.watch.test_unchanged import make_gan, make_step

pytestmark = pytest.mark.slow


def test_the_table_of_the_classic_idiom(observe: Any, images: Array) -> None:
    g, d = networks()
    with observe() as seen:
        d.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        d.trainable = False
        gan = joined(g, d)
        gan.compile("adam", "binary_crossentropy")
        z = np.random.default_rng(1).normal(size=(32, 16))
        for _ in range(3):
            d.trainable = True
            d.train_on_batch(unit(images)[:32], np.ones((32, 1)))
            d.train_on_batch(g.predict(z, verbose=0), np.zeros((32, 1)))
            d.trainable = False
            gan.train_on_batch(z, np.ones((32, 1)))
        seen.listener.names.update(g=g, d=d, gan=gan)
    (loaded,) = seen.listener.all(FrameworkLoaded)
    assert loaded.backend == "tensorflow"
    assert "keras" in loaded.versions
    first = seen.listener.all(Compiled)[0]
    assert first.losses == ("binary_crossentropy",)
    assert (first.optimizer, first.from_logits, first.metrics) == ("Adam", False, ("accuracy",))
    assert first.learning_rate == pytest.approx(0.001)
    assert seen.listener.updates == 9

    generator = seen.listener.calls("predict")[0].model
    real, fake, step = seen.listener.calls("train_on_batch")[:3]
    assert real.inputs[0].origin == "data-set"
    assert (real.inputs[0].data_set, real.inputs[0].fraction) == ("blobs", 1.0)
    assert real.targets[0].distinct == (1.0,)
    assert (fake.inputs[0].origin, fake.inputs[0].origin_model) == ("model", generator)
    assert fake.targets[0].distinct == (0.0,)
    assert step.inputs[0].origin == "random"
    assert real.model is not None
    assert generator is not None
    for discriminator_step in (real, fake):
        assert moved(discriminator_step, real.model).trainable > 0
        assert moved(discriminator_step, generator).changed == 0
    assert moved(step, real.model).changed == 0
    assert moved(step, generator).trainable > 0
    assert set(step.through) == {step.model, generator, real.model}
    assert real.iterations == (0, 1)
    assert real.optimizer_id != step.optimizer_id
    assert sum(call.updates for call in seen.listener.calls("train_on_batch")) == 9


def test_probes_of_the_classic_idiom(observe: Any, images: Array) -> None:
    g, d = networks()
    with observe() as seen:
        d.compile("adam", "binary_crossentropy")
        gan = joined(g, d)
        gan.compile("adam", "binary_crossentropy")
        z = np.random.default_rng(1).normal(size=(32, 16))
        d.train_on_batch(unit(images)[:32], np.ones((32, 1)))
        d.train_on_batch(g.predict(z, verbose=0), np.zeros((32, 1)))
        gan.train_on_batch(z, np.ones((32, 1)))
    (pair,) = seen.listener.probe("roles")["pairs"]
    train = seen.listener.calls("train_on_batch")
    assert pair["discriminator"] == train[0].model
    assert pair["generator"] == seen.listener.calls("predict")[0].model
    assert pair["combined"] == train[-1].model
    assert not any("names" in reason for reason in pair["why"])
    fits = seen.listener.probe("fit-together")
    assert (fits["accepted"], fits["observed"], fits["error"]) == (True, True, None)
    spread = seen.listener.probe("ranges")
    assert spread["real"] == pytest.approx([-1.0, 1.0], abs=0.03)
    assert -1 <= spread["fake"][0] < spread["fake"][1] <= 1
    assert spread["output_activation"] == "tanh"
    assert seen.listener.probe("dependence")["depends"] is True
    gradients = seen.listener.probe("gradients")
    assert len(gradients["generator"]) == len(gradients["discriminator"]) == 4
    assert all(entry["finite"] and not entry["zero"] for entry in gradients["generator"].values())
    towards = seen.listener.probe("direction")
    assert towards["labels"] == {"real": [1.0], "fake": [0.0]}
    assert (towards["real_side"], towards["towards_real"]) == ("up", True)


def test_direction_follows_the_label_that_was_taught_as_real(observe: Any, images: Array) -> None:
    g, d = networks()
    with observe() as seen:
        d.compile("adam", "binary_crossentropy")
        gan = joined(g, d)
        gan.compile("adam", "binary_crossentropy")
        z = np.random.default_rng(1).normal(size=(32, 16))
        d.train_on_batch(unit(images)[:32], np.zeros((32, 1)))
        d.train_on_batch(g.predict(z, verbose=0), np.ones((32, 1)))
        gan.train_on_batch(z, np.ones((32, 1)))  # the mistake: fake is 1 here
    towards = seen.listener.probe("direction")
    assert (towards["real_side"], towards["towards_real"]) == ("down", False)


def test_a_joined_batch_is_taken_apart(observe: Any, images: Array) -> None:
    g, d = networks()
    with observe() as seen:
        d.compile("adam", "binary_crossentropy")
        fake = g.predict(np.random.default_rng(1).normal(size=(32, 16)), verbose=0)
        both = np.concatenate([unit(images)[:32] * 0.5 + 0.5, fake])
        d.train_on_batch(both, np.concatenate([np.ones((32, 1)), np.zeros((32, 1))]))
    (array,) = seen.listener.calls("train_on_batch")[0].inputs
    assert (array.origin, array.data_set, array.fraction) == ("data-set", "blobs", 0.5)
    assert array.origin_model == seen.listener.calls("predict")[0].model
    spread = seen.listener.probe("ranges")
    assert spread["real"][0] >= 0
    assert spread["fake"][0] < -0.2


@pytest.mark.parametrize("compiled", [True, False])
def test_tape_loops_name_the_models_behind_each_loss(observe: Any, images: Array, compiled: bool) -> None:
    import tensorflow as tf

    g, d = networks()
    with observe() as seen:
        seen.listener.names.update(g=g, d=d)
        step = make_step(g, d, compiled=compiled)
        for start in (0, 32, 64):
            step(tf.constant(unit(images)[start : start + 32]))
    generator, discriminator = seen.listener.seen("g"), seen.listener.seen("d")
    calls = seen.listener.calls("function" if compiled else "apply")
    steps = {s.trained: s for call in calls for s in call.steps}
    assert set(steps) == {(generator,), (discriminator,)}
    assert discriminator in steps[generator,].through
    assert all(s.exact is compiled for s in steps.values())
    fed = [(f.model, f.array.origin, f.array.origin_model) for f in steps[discriminator,].fed]
    assert (discriminator, "data-set", None) in fed
    assert (discriminator, "model", generator) in fed
    assert sum(call.updates for call in calls) == seen.listener.updates == 6
    (pair,) = seen.listener.probe("roles")["pairs"]
    assert (pair["generator"], pair["discriminator"]) == (generator, discriminator)
    assert seen.listener.probe("dependence")["depends"] is True
    assert seen.listener.probe("ranges")["real"] == pytest.approx([-1.0, 1.0], abs=0.03)


def test_a_cut_gradient_is_seen_in_the_graph(observe: Any, images: Array) -> None:
    import keras
    import tensorflow as tf

    g, d = networks()
    with observe() as seen:
        seen.listener.names.update(g=g, d=d)
        optimizer = keras.optimizers.Adam()

        @tf.function  # type: ignore[untyped-decorator]
        def step() -> None:
            with tf.GradientTape() as tape:
                fake = g(tf.random.normal((8, 16)))
                loss = tf.reduce_mean(tf.stop_gradient(d(fake))) + tf.reduce_mean(fake**2)
            variables = g.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

        step()
    (known,) = seen.listener.calls("function")[0].steps
    assert known.trained == known.through == (seen.listener.seen("g"),)


def test_scaling_inside_the_step_is_measured_there(observe: Any, images: Array) -> None:
    import tensorflow as tf

    g, d = networks()
    with observe() as seen:
        step = make_step(g, d, compiled=False)

        @tf.function  # type: ignore[untyped-decorator]
        def outer(raw: Any) -> Any:
            return step(tf.cast(tf.reshape(raw, (-1, 64)), tf.float32) / 255.0)

        seen.listener.names.update(g=g, d=d)
        outer(tf.constant(images[:32]))
    low, high = seen.listener.probe("ranges")["real"]
    assert 0 <= low < high <= 1


def test_a_custom_train_step_under_fit(observe: Any, images: Array) -> None:
    import tensorflow as tf

    with observe() as seen:
        gan = make_gan()
        seen.listener.names.update(gan=gan, g=gan.g, d=gan.d)
        data = tf.data.Dataset.from_tensor_slices(unit(images)).shuffle(300).batch(32)
        gan.fit(data, epochs=2, shuffle=False, verbose=0)
    (fit,) = seen.listener.calls("fit")
    generator, discriminator = seen.listener.seen("g"), seen.listener.seen("d")
    assert fit.inputs[0].origin == "data-set"
    assert (fit.batch, fit.updates, fit.planned, fit.iterations) == (32, 20, 20, (0, 20))
    assert moved(fit, generator).trainable > 0
    assert moved(fit, discriminator).trainable > 0
    assert [step.trained for step in fit.steps] == [(discriminator,), (generator,)]
    (compiled,) = seen.listener.all(Compiled)
    assert compiled.optimizer is None
    (pair,) = seen.listener.probe("roles")["pairs"]
    assert (pair["generator"], pair["discriminator"]) == (generator, discriminator)
    assert seen.listener.probe("ranges")["real"] == pytest.approx([-1.0, 1.0], abs=0.03)


def test_models_are_described_again_when_they_are_built(observe: Any, images: Array) -> None:
    import keras

    with observe() as seen:
        model = keras.Sequential([keras.layers.Dense(4, "relu"), keras.layers.Dense(1)])
        seen.listener.names["model"] = model
        model.compile("sgd", "mse")
        model.fit(unit(images)[:64], np.zeros((64, 1)), epochs=2, verbose=0)
    before, after = seen.listener.all(ModelSeen)
    assert (before.built, after.built) == (False, True)
    assert before.names == ("model",)
    assert (before.parameters, after.parameters) == (0, 64 * 4 + 4 + 4 + 1)
    assert [layer.activation for layer in after.layers] == ["relu", "linear"]
    assert after.layers[0].settings["units"] == 4
    assert after.created_line is not None
    assert moved(seen.listener.calls("fit")[0], after.model).trainable > 0
    assert seen.listener.probe("roles")["pairs"] == []


def test_layers_that_fit_builds_behind_one_that_was_built_before_are_compared_too(observe: Any) -> None:
    import keras

    x = np.random.default_rng(0).normal(3, 2, size=(64, 4)).astype("float32")
    normalize = keras.layers.Normalization()
    normalize.adapt(x)
    model = keras.Sequential([normalize, keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
    with observe() as seen:
        model.compile("adam", "mse")
        model.fit(x, x.sum(axis=1), batch_size=16, epochs=2, verbose=0)
        seen.listener.names.update(model=model)
    (call,) = seen.listener.calls("fit")
    assert call.model is not None
    assert moved(call, call.model).trainable > 0


def test_a_failing_call_is_recorded_and_raised_unchanged(observe: Any, images: Array) -> None:
    _, d = networks()
    with observe() as seen:
        d.compile("adam", "binary_crossentropy")
        with pytest.raises(ValueError, match="incompatible"):
            d.train_on_batch(unit(images)[:8, :60], np.ones((8, 1)))
    (call,) = seen.listener.calls("train_on_batch")
    assert (call.error, call.inputs[0].shape, call.updates) == ("ValueError", (8, 60), 0)


@pytest.mark.parametrize(
    ("metric", "exact", "thresholds"),
    [
        ("accuracy", False, ()),
        ("Accuracy", True, ()),
        ("BinaryAccuracy", False, (0.5,)),
        ("CategoricalAccuracy", False, ()),
    ],
)
def test_how_an_accuracy_is_counted(
    observe: Any, metric: str, exact: bool, thresholds: tuple[float, ...]
) -> None:
    import keras

    with observe() as seen:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        given = metric if metric.islower() else getattr(keras.metrics, metric)()
        model.compile("adam", "binary_crossentropy", metrics=[given])
    (compiled,) = seen.listener.all(Compiled)
    assert (compiled.exact, compiled.thresholds) == (exact, thresholds)
