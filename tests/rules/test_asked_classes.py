"""Which class a generator is asked for, and which one its images are taught to be of."""

from __future__ import annotations

import pytest

from tests.rules._networks import dense
from tests.rules._traces import compiled, evidence, matches, model

RULE = "other-class-than-asked-for"
LOOP = """\
for step in range(9):
    rows = np.random.randint(0, 60000, 16)
    c = np.random.randint(0, 10, 16)
    {more}
    combined.train_on_batch({given}, {targets})
"""
LOSSES = "sparse_categorical_crossentropy"


def lines(
    given: str, targets: str, *, more: str = "pass", loss: str = LOSSES, inside: bool = True
) -> list[int]:
    found = evidence(
        LOOP.format(given=given, targets=targets, more=more),
        model(0, "g", dense(784)),
        model(1, "combined", dense(1), contains=(0,) if inside else ()),
        compiled(1, loss),
    )
    return [match.line for match in matches(RULE, found)]


@pytest.mark.parametrize(
    ("more", "taught"),
    [
        ("pass", "y_train[rows]"),
        ("d = np.random.randint(0, 10, 16)", "d"),
        ("d = np.random.randint(0, 10, 16)", "d.reshape(-1, 1)"),
    ],
)
def test_another_class_is_told(more: str, taught: str) -> None:
    assert lines("[noise, c]", f"[np.ones((16, 1)), {taught}]", more=more) == [5]
    assert lines("(noise, c.reshape(-1, 1))", f"[np.ones((16, 1)), {taught}]", more=more) == [5]


@pytest.mark.parametrize(
    ("more", "taught"),
    [
        ("pass", "c"),
        ("d = c.reshape(-1, 1)", "d"),
        ("d = to_categorical(c)", "d"),
        ("pass", "wanted"),
        ("pass", "np.zeros((16, 1))"),
    ],
)
def test_the_same_class_in_another_form_is_right(more: str, taught: str) -> None:
    assert lines("[noise, c]", f"[np.ones((16, 1)), {taught}]", more=more) == []


def test_what_is_not_drawn_is_not_asked_for() -> None:
    assert lines("[noise, y_train[rows]]", "[valid, y_train[rows]]") == []
    assert lines("[noise, noise]", "[valid, y_train[rows]]") == []


def test_only_classes_that_a_combined_model_is_taught_are_judged() -> None:
    targets = "[np.ones((16, 1)), images[rows]]"
    assert lines("[noise, c]", targets, loss="mean_squared_error") == []
    assert lines("[noise, c]", targets, inside=False) == []


STEP = """\
scce = keras.losses.{kind}(from_logits=True)


def step(images, labels):
    c = tf.random.uniform((16,), 0, 10, tf.int32)
    with tf.GradientTape() as tape:
        fake = g([noise, c])
        verdict, classes = d(fake)
        real_verdict, real_classes = d(images)
        loss = scce({taught}, classes) + scce(labels, real_classes)
"""


@pytest.mark.parametrize(
    ("kind", "taught", "found"),
    [
        ("SparseCategoricalCrossentropy", "labels", [10]),
        ("SparseCategoricalCrossentropy", "c", []),
        ("CategoricalCrossentropy", "tf.one_hot(c, 10)", []),
        ("MeanSquaredError", "labels", []),
    ],
)
def test_hand_written_steps_are_read(kind: str, taught: str, found: list[int]) -> None:
    networks = model(0, "g", dense(784)), model(1, "d", dense(1))
    known = evidence(STEP.format(kind=kind, taught=taught), *networks)
    assert [match.line for match in matches(RULE, known)] == found


DRAWN_AGAIN = """\
cce = keras.losses.CategoricalCrossentropy()


def draw(rows):
    codes = tf.one_hot(tf.random.uniform((rows,), 0, 10, tf.int32), 10)
    return tf.concat([tf.random.normal((rows, 8)), codes], 1), codes


def step(real):
    z, codes = draw(16)
    train(d, g(z))
    {again}
    fake = g(z)
    loss = {loss}
"""


@pytest.mark.parametrize(
    ("again", "loss", "found"),
    [
        ("z, _ = draw(16)", "cce(codes, q(fake))", [12]),
        ("z, others = draw(16)", "cce(codes, q(g(z)))", [12]),
        ("z, codes = draw(16)", "cce(codes, q(fake))", []),
        ("pass", "cce(codes, q(fake))", []),
        ("z, _ = other(16)", "cce(codes, q(fake))", []),
        ("z, _ = draw(16)", "mse(codes, q(fake))", []),
        ("z, _ = draw(16)", "cce(codes, q(real))", []),
        ("y, _ = draw(16)", "cce(codes, q(0.5 * g(z) + 0.5 * g(y)))", []),  # mixed
        ("z, _ = next(16)", "cce(codes, q(fake))", []),
    ],
)
def test_codes_that_were_drawn_before(again: str, loss: str, found: list[int]) -> None:
    networks = model(0, "g", dense(784)), model(1, "q", dense(10))
    known = evidence(DRAWN_AGAIN.format(again=again, loss=loss), *networks)
    assert [match.line for match in matches(RULE, known)] == found
