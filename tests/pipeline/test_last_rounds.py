"""What only happens at the end of a training is seen although the training is left early."""

from __future__ import annotations

import pytest

from harness.model import Review, Severity, Verdict
from harness.pipeline import Options, review_text

HEAD = """\
import keras
import numpy as np
import tensorflow as tf

images = np.random.normal(size=(1000, 4)).astype("float32")
data = tf.data.Dataset.from_tensor_slices(images).shuffle(1000).batch({size}{drop})
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
history = []
"""
ROUNDS = """\
for step in range(5000):
    loss = model.train_on_batch(images[:32], images[:32, :1])
    history.append(float(loss))
    if (step + 1) % 500 == 0:
        {now_and_then}
"""
BATCHES = """\
def train(dataset):
    targets = np.zeros(({rows}, 1))
    for {loop}:
        model.train_on_batch(batch, targets)


for epoch in range(20):
    train(data)
"""


def reviewed(body: str, size: int = 16, drop: str = "") -> Review:
    text = HEAD.format(size=size, drop=drop) + body
    return review_text(text, "a.py", Options(reviews=99), kind="script")


def told(review: Review) -> list[tuple[str, str]]:
    lines = review.article.text.split("\n")
    return [(f.rule, lines[f.line - 1].strip()) for f in review.findings if f.severity is not Severity.NOTE]


def test_what_is_done_now_and_then_is_done() -> None:
    wrong = "print(model.predict(images[:, :3], verbose=0))"
    review = reviewed(ROUNDS.format(now_and_then=wrong))
    assert ("input-shape-mismatch", wrong) in told(review)
    assert any(note.endswith("; after that its last iteration was run.") for note in review.notes)


def test_what_the_rounds_left_out_would_have_filled_is_no_error() -> None:
    review = reviewed(ROUNDS.format(now_and_then="print(history[step - 100])"))
    assert told(review) == []
    (note,) = (f for f in review.findings if f.rule == "uncaught-exception")
    assert note.severity is Severity.NOTE
    assert note.message.endswith("The review left the loop at line 10 early, which may be why.")


def test_what_is_right_then_stays_clean() -> None:
    review = reviewed(ROUNDS.format(now_and_then="print(step, model.predict(images, verbose=0).shape)"))
    assert (review.verdict, told(review)) == (Verdict.CLEAN, [])


@pytest.mark.parametrize("loop", ["batch in dataset", "number, batch in enumerate(dataset)"])
@pytest.mark.parametrize("size", [16, 300], ids=["not reached", "reached"])
def test_the_last_batch_of_an_epoch_is_tried(loop: str, size: int) -> None:
    body = BATCHES.format(loop=loop, rows=size)
    ((rule, line),) = told(reviewed(body, size))
    assert rule == "last-batch-smaller"
    assert line.startswith("data = ")


@pytest.mark.parametrize(
    ("size", "drop", "rows"),
    [(16, ", drop_remainder=True", 16), (8, "", 8), (16, "", "len(dataset) and 1")],
    ids=["dropped", "none", "of any size"],
)
def test_a_last_batch_that_fits_is_left_alone(size: int, drop: str, rows: object) -> None:
    body = BATCHES.format(loop="batch in dataset", rows=rows)
    if rows == "len(dataset) and 1":
        body = body.replace("(batch, targets)", "(batch, np.zeros((len(batch), 1)))")
    assert told(reviewed(body, size, drop)) == []


OWN_STEP = """\
class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.net = model
        self.steps = 0

    def train_step(self, batch):
        rows = {rows}
        noise = tf.random.normal((rows, 4))
        both = tf.concat([noise, batch], axis=0)
        targets = tf.concat([tf.zeros((rows, 1)), tf.ones((rows, 1))], axis=0)
        with tf.GradientTape() as tape:
            loss = keras.ops.mean(keras.losses.binary_crossentropy(targets, self.net(both), from_logits=True))
        variables = self.net.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {{"loss": loss}}


own = Own()
own.compile(optimizer="adam")
own.fit({fed}, epochs=20, verbose=0)
print(own.net(images[:2]).shape)
"""


@pytest.mark.parametrize(
    ("fed", "marked"),
    [("data", "data = "), ("images, batch_size=16", "loss = ")],
)
def test_the_last_batch_of_a_fit_is_tried_on_a_step_of_the_program_s(fed: str, marked: str) -> None:
    review = reviewed(OWN_STEP.format(rows=16, fed=fed))
    ((rule, line),) = told(review)
    assert rule == "last-batch-smaller"
    assert line.startswith(marked)
    assert review.coverage.executed == review.coverage.statements
    assert review.coverage.updates == 30


def test_a_step_that_asks_the_batch_is_left_alone() -> None:
    review = reviewed(OWN_STEP.format(rows="tf.shape(batch)[0]", fed="data"))
    assert (review.verdict, told(review)) == (Verdict.CLEAN, [])


def test_a_fit_that_leaves_no_rest_is_left_alone() -> None:
    assert told(reviewed(OWN_STEP.format(rows=16, fed="data"), drop=", drop_remainder=True")) == []
    assert told(reviewed(OWN_STEP.format(rows=20, fed="images, batch_size=20"))) == []
