"""Real examples beside conditions that were drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import ArraySummary
from tests.rules._networks import dense
from tests.rules._traces import array, call, evidence, labels, matches, model

IMAGES = array(16, 784, origin="data-set", data_set="mnist.x_train")
CLASSES = array(16, 1, dtype="int64", low=0.0, high=9.0, origin="random")
OWN = replace(CLASSES, origin="data-set", data_set="mnist.y_train")
ONE_HOT = array(16, 10, origin="random", distinct=(0.0, 1.0), marked=(1, 1))


UNKNOWN = replace(CLASSES, origin="unknown")


def lines(*inputs: ArraySummary, target: ArraySummary | None = None, source: str = "c = 1\n#") -> list[int]:
    given = labels(16, 1.0) if target is None else target
    step = call("train_on_batch", 0, line=3, inputs=inputs, targets=(given,))
    found = evidence(f"{source}\nd.train_on_batch([x, c], y)", model(0, "d", dense(1)), step, step)
    return [match.line for match in matches("drawn-conditions-beside-real", found)]


@pytest.mark.parametrize("drawn", [CLASSES, replace(CLASSES, shape=(16,)), ONE_HOT])
def test_drawn_conditions_are_told_once(drawn: ArraySummary) -> None:
    assert lines(IMAGES, drawn) == [3]
    assert lines(drawn, IMAGES) == [3]
    assert lines(IMAGES, drawn, target=labels(16, 0.9)) == [3], "smoothed"


@pytest.mark.parametrize("condition", [OWN, UNKNOWN, array(16, 8, origin="random")])
def test_other_conditions_are_left_alone(condition: ArraySummary) -> None:
    assert lines(IMAGES, condition) == []


def test_what_is_taught_as_generated_is_left_alone() -> None:
    assert lines(IMAGES, CLASSES, target=labels(16, 0.0)) == []
    assert lines(IMAGES, CLASSES, target=labels(16, 0.0, 1.0)) == []
    made = array(16, 784, origin="model", origin_model=1)
    assert lines(made, CLASSES) == []
    assert lines(IMAGES) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("c = np.random.randint(0, 10, 16)\n#", [3]),
        ("c = np.random.randint(0, 10, 16).reshape(-1, 1)\n#", [3]),
        ("c = y_train[np.random.randint(0, 60000, 16)]\n#", []),
        ("c = np.random.randint(0, 10, 16)\nc = y_train[:16]", []),  # either may be meant
    ],
)
def test_what_the_text_draws(source: str, found: list[int]) -> None:
    assert lines(IMAGES, UNKNOWN, source=source) == found


STEP = """\
def train_step(images, labels):
    noise = tf.random.normal((16, 8))
    {}
    with tf.GradientTape() as tape:
        fake = g([noise, c], training=True)
        p, q = {}, d([fake, c])
        loss = bce(tf.ones_like(p), p) + bce(tf.zeros_like(q), q)
    grads = tape.gradient(loss, d.trainable_variables)
    optimizer.apply_gradients(zip(grads, d.trainable_variables))
train_step(x, y)
"""
DRAWS = "c = tf.random.uniform((16,), 0, 10, tf.int32)"


@pytest.mark.parametrize(
    ("draw", "real", "found"),
    [
        (DRAWS, "d([images, c])", [6]),
        (DRAWS, "d([c, images])", [6]),
        (DRAWS, "d(images, c)", [6]),
        (f"{DRAWS}\n    c = tf.one_hot(c, 10)", "d([images, c])", [7]),
        ("c = np.random.randint(0, 10, len(images))", "d([images, c])", [6]),
        (DRAWS, "d([images, labels])", []),
        ("c = labels", "d([images, c])", []),
        ("c = labels[np.random.randint(0, 16, 16)]", "d([images, c])", []),  # whose is not known
        ("c = tf.gather(labels, tf.random.uniform((16,), 0, 16, tf.int32))", "d([images, c])", []),
        ("c = tf.random.normal((16, 3))", "d([images, c])", []),  # no condition
        (DRAWS, "d([g([noise, c]), c])", []),
        (DRAWS, "(d([images, labels]), d([images, c]))", []),  # the second is taught as wrong
    ],
)
def test_steps_that_draw_them(draw: str, real: str, found: list[int]) -> None:
    judge = model(0, "d", dense(1), inputs=((None, 784), (None, 1)), outputs=((None, 1),))
    step = call("function", None, line=10)
    held = evidence(STEP.format(draw, real), judge, model(1, "g", dense(784)), step)
    assert [match.line for match in matches("drawn-conditions-beside-real", held)] == found
