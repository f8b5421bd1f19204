"""Losses that a model adds by itself: each is a step, with whom it trains and through whom it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from harness.model import Call, LossTaken, Step
from tests.run.watch.conftest import Array, networks, unit

pytestmark = pytest.mark.slow


def fused(
    g: Any,
    d: Any,
    *,
    scale: Callable[[Any], Any] = lambda real: real,
    judged: Callable[[Any, Any], Any] = lambda real, fake: fake,
    end: Callable[[Any], Any] = lambda answer: answer,
) -> Any:
    """A model that trains both players with ``fit``; ``judged`` is what the generator's loss looks at."""
    import keras
    from keras import ops

    class Fused(keras.Model):  # type: ignore[misc]  # Keras ships no annotations
        def __init__(self) -> None:
            super().__init__()
            self.g, self.d = g, d
            self.bce = keras.losses.BinaryCrossentropy()
            self.seed = keras.random.SeedGenerator(1)

        def call(self, real: Any) -> Any:
            real = scale(real)
            fake = self.g(keras.random.normal((ops.shape(real)[0], 16), seed=self.seed))
            p_real, p_fake = self.d(real), self.d(ops.stop_gradient(fake))
            self.add_loss(self.bce(ops.ones_like(p_real), p_real) + self.bce(ops.zeros_like(p_fake), p_fake))
            frozen = [ops.stop_gradient(weight) for weight in self.d.trainable_variables]
            answer, _ = self.d.stateless_call(frozen, [], judged(real, fake))
            self.add_loss(loss=self.bce(ops.ones_like(answer), end(answer)))
            return p_fake

    return Fused()


def one_fit(observe: Any, images: Array, make: Callable[[Any, Any], Any], **compiling: Any) -> Any:
    """What was seen of one ``fit`` of a fused model, with the numbers of its players."""
    g, d = networks()
    with observe() as seen:
        model = make(g, d)
        model.compile("adam", **compiling)
        model.fit(unit(images)[:96], batch_size=32, verbose=0)
        seen.listener.names.update(g=g, d=d)
    return seen.listener, seen.listener.seen("g"), seen.listener.seen("d")


def steps(call: Call, trained: int) -> list[Step]:
    return [step for step in call.steps if trained in step.trained]


def test_each_added_loss_is_a_step_of_its_player(observe: Any, images: Array) -> None:
    listener, g, d = one_fit(observe, images, fused)
    (call,) = listener.calls("fit")
    (own,) = steps(call, d)
    assert own.trained == own.through == (d,)
    assert {(fed.model, fed.array.origin, fed.array.origin_model) for fed in own.fed} == {
        (d, "data-set", None),
        (d, "model", g),
    }
    (through,) = steps(call, g)
    assert through.trained == (g,)
    assert {g, d} <= set(through.through)
    assert own.exact
    assert own.optimizer_id == through.optimizer_id == call.optimizer_id
    assert listener.probe("dependence")["depends"] is True
    ranges = listener.probe("ranges")
    assert ranges["real_origin"] == "data-set"
    assert ranges["real"][0] == pytest.approx(-1, abs=0.02)
    assert ranges["fake"][0] < 0


def test_values_are_those_that_reach_the_discriminator(observe: Any, images: Array) -> None:
    listener, _, _ = one_fit(observe, images, lambda g, d: fused(g, d, scale=lambda real: 127.5 * (real + 1)))
    assert listener.probe("ranges")["real"][1] > 200


@pytest.mark.filterwarnings("ignore:Gradients do not exist for variables:UserWarning")  # and they do not
def test_a_loss_that_does_not_look_at_the_generator_trains_nobody(observe: Any, images: Array) -> None:
    listener, g, _ = one_fit(observe, images, lambda g, d: fused(g, d, judged=lambda real, fake: real))
    (call,) = listener.calls("fit")
    assert not steps(call, g)


def test_steps_are_not_guessed_where_a_compiled_loss_is_minimised_as_well(
    observe: Any, images: Array
) -> None:
    import keras

    g, d = networks()
    with observe() as seen:
        model = fused(g, d)
        model.compile("adam", "mean_squared_error")
        model.fit(unit(images)[:32], keras.ops.zeros((32, 1)), verbose=0)
    (call,) = seen.listener.calls("fit")
    assert call.steps == ()


def test_a_loss_object_called_by_hand_tells_whose_output_it_takes(observe: Any, images: Array) -> None:
    listener, _, d = one_fit(observe, images, fused)
    taken = listener.all(LossTaken)
    assert {(one.name, one.from_logits, one.model) for one in taken} == {("binary_crossentropy", False, d)}
    assert len({one.line for one in taken}) == len(taken) == 2
    assert {one.ends for one in taken} == {"sigmoid"}


@pytest.mark.parametrize("compiled", [True, False], ids=["graph", "eager"])
@pytest.mark.parametrize(("squashed", "ends"), [(True, "sigmoid"), (False, "linear")])
def test_what_a_loss_is_taken_of_is_known_as_it_was_computed(
    observe: Any, compiled: bool, squashed: bool, ends: str
) -> None:
    """Of one output of several, in a class of the program's own."""
    import keras
    import tensorflow as tf

    class Judge(keras.Model):  # type: ignore[misc]  # Keras ships no annotations
        def __init__(self) -> None:
            super().__init__()
            self.score = keras.layers.Dense(1, activation="sigmoid" if squashed else None)

        def call(self, x: Any) -> Any:
            return self.score(x), x

    judge, loss = Judge(), keras.losses.BinaryCrossentropy()

    def step(x: Any) -> Any:
        score, _ = judge(x)
        return loss(tf.ones_like(score), score)

    with observe() as seen:
        seen.listener.names.update(judge=judge)
        step(tf.constant(8.0 * np.eye(4, dtype=np.float32)))  # builds it
        (tf.function(step) if compiled else step)(tf.constant(8.0 * np.eye(4, dtype=np.float32) - 4))
    told = {one.ends for one in seen.listener.all(LossTaken)}
    assert (ends if compiled or squashed else "outside") in told
    assert not told - {ends, "outside", None}


def test_a_loss_of_something_else_names_no_model(observe: Any, images: Array) -> None:
    listener, _, _ = one_fit(observe, images, lambda g, d: fused(g, d, end=lambda answer: 0.5 * answer))
    assert None in {one.model for one in listener.all(LossTaken)}


@pytest.mark.parametrize(("whole", "swapped"), [(True, True), (False, False)])
def test_whole_numbers_in_a_predictions_place_are_labels(observe: Any, whole: bool, swapped: bool) -> None:
    """What another model or a person teaches is no whole number throughout."""
    import keras

    judge = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    loss = keras.losses.BinaryCrossentropy()
    taught = np.array([[0.0], [1.0], [1.0], [0.0]] if whole else [[0.1], [0.9], [0.8], [0.2]], "float32")
    with observe() as seen:
        seen.listener.names.update(judge=judge)
        loss(judge(np.eye(4, dtype=np.float32)), taught)
    (told,) = seen.listener.all(LossTaken)
    assert (told.labels is not None) is swapped
