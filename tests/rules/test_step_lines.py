"""Findings about hand-written steps stand inside the step: at the loss, or where its gradient is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from harness.model import Fed, Step
from harness.rules._evidence import Evidence
from harness.rules._program import unreached_training
from harness.rules._tapes import labels_line, loss_line
from tests.rules._traces import (
    array,
    call,
    evidence,
    layer,
    listing,
    matches,
    model,
    moved,
    pair,
    probe,
    trace,
)

GENERATOR, DISCRIMINATOR = 0, 1
PLAYERS = (
    model(GENERATOR, "generator", layer("Dense", None, 784, activation="tanh", parameters=9)),
    model(
        DISCRIMINATOR,
        "discriminator",
        layer("Dense", None, 1, parameters=9),
        inputs=((None, 784),),
        outputs=((None, 1),),
    ),
)
PROGRAM = """\
def generator_loss(score):
    return entropy(zeros_like(score), score)


def step(images):
    with GradientTape() as d_tape, GradientTape() as g_tape:
        g_loss = generator_loss(discriminator(generator(noise)))
        d_loss = mean(real) - mean(fake)
    d_grads = d_tape.gradient(d_loss, discriminator.trainable_variables)
    g_grads = g_tape.gradient(g_loss, generator.trainable_variables)


for images in data:
    step(images)
"""
FAKE = Fed(DISCRIMINATOR, array(-1, 784, low=None, high=None, origin="model", origin_model=GENERATOR))
D_STEP = Step((DISCRIMINATOR,), (GENERATOR, DISCRIMINATOR), (FAKE,), 1, True, 9)
G_STEP = Step((GENERATOR,), (GENERATOR, DISCRIMINATOR), (FAKE,), 2, True, 10)


def seen(
    *steps: Step,
    moving: tuple[int, ...] = (GENERATOR, DISCRIMINATOR),
    trained: int = GENERATOR,
    pushed: Mapping[str, str] | None = None,
) -> Evidence:
    moves = tuple(moved(m, 0.01 if m in moving else 0.0) for m in (GENERATOR, DISCRIMINATOR))
    through = tuple(sorted({m for step in steps for m in step.through}))
    stepped = call("function", None, line=14, steps=steps, moved=moves, through=through)
    fed = {"model": DISCRIMINATOR, "origin": "model", "maker": GENERATOR, "data_set": None}
    real = {"model": DISCRIMINATOR, "origin": "data-set", "maker": None, "data_set": "mnist"}
    pushes: list[dict[str, Any]] = []
    if pushed:
        judged = [{**fed, "pushed": pushed["fake"]}, {**real, "pushed": pushed["real"]}]
        pushes.append({"line": 9, "trained": [DISCRIMINATOR], "fed": judged})
        pushes.append({"line": 10, "trained": [trained], "fed": [{**fed, "pushed": pushed["aim"]}]})
    told = probe("pushes", steps=pushes)
    return Evidence(listing(PROGRAM), trace(*PLAYERS, stepped, pair(GENERATOR, DISCRIMINATOR), told))


@pytest.mark.parametrize(
    ("way", "line"),
    [
        ({"aim": "down", "fake": "down", "real": "up"}, 2),
        # The sign of this critic pushes real ones down.
        ({"aim": "up", "fake": "up", "real": "down"}, 8),
    ],
)
def test_a_loss_that_helps_the_other_player_is_marked_where_it_is_made(
    way: dict[str, str], line: int
) -> None:
    found = matches("labels-swapped-between-steps", seen(D_STEP, G_STEP, pushed=way))
    assert [match.line for match in found] == [line]


def test_a_generator_whose_gradients_nobody_applies_is_marked_where_they_are_taken() -> None:
    found = matches("generator-never-updated", seen(D_STEP, G_STEP, moving=(DISCRIMINATOR,)))
    assert [match.line for match in found] == [10]


def test_a_loss_through_both_players_that_trains_a_third_is_marked() -> None:
    third = Step((2,), (GENERATOR, DISCRIMINATOR, 2), (FAKE,), 2, True, 10)
    found = matches("generator-never-updated", seen(D_STEP, third, moving=(DISCRIMINATOR, 2)))
    assert [match.line for match in found] == [10]


def test_a_generator_s_loss_that_trains_the_other_player_is_marked() -> None:
    wrong = Step((DISCRIMINATOR,), (GENERATOR, DISCRIMINATOR), (FAKE,), 1, True, 10)
    way = {"aim": "up", "fake": "down", "real": "up"}
    known = seen(D_STEP, wrong, moving=(DISCRIMINATOR,), trained=DISCRIMINATOR, pushed=way)
    (match,) = matches("generator-never-updated", known)
    assert match.line == 10
    assert "is taken for `discriminator`" in match.message


@pytest.mark.parametrize(("exact", "lines"), [(True, [2]), (False, [])])
def test_a_loss_that_leaves_the_discriminator_out_is_marked_where_it_is_made(
    exact: bool, lines: list[int]
) -> None:
    alone = Step((GENERATOR,), (GENERATOR,), (), 2, exact, 10)
    assert [match.line for match in matches("generator-trained-alone", seen(D_STEP, alone))] == lines
    assert matches("generator-trained-alone", seen(D_STEP, alone, G_STEP)) == []


def test_a_generator_without_a_gradient_is_marked_at_the_training() -> None:
    alone = Step((DISCRIMINATOR,), (DISCRIMINATOR,), (FAKE,), 1, True, 9)
    found = matches("generator-never-updated", seen(alone, moving=(DISCRIMINATOR,)))
    assert [(match.line, match.end_line) for match in found] == [(13, 14)]


def test_a_discriminator_whose_gradients_nobody_applies_is_marked_where_they_are_taken() -> None:
    found = matches("discriminator-never-updated", seen(D_STEP, G_STEP, moving=(GENERATOR,)))
    assert [match.line for match in found] == [9]


APART = """\
def d_step(images):
    grads = tape.gradient(d_loss, discriminator.trainable_variables)
    d_optimizer.apply_gradients(zip(grads, discriminator.trainable_variables))


def g_step():
    grads = tape.gradient(g_loss, generator.trainable_variables)
    g_optimizer.apply_gradients(zip(grads, generator.trainable_variables))


for images in data:
    d_step(images)
    if step % 1000 == 0:
        g_step()
"""


@pytest.mark.parametrize(("reached", "unreached"), [((2,), ["g_step"]), ((2, 7), []), ((None,), [])])
def test_a_step_in_which_no_gradient_was_taken_was_not_reached(
    reached: tuple[int | None, ...], unreached: list[str]
) -> None:
    steps = tuple(replace(D_STEP, line=line) for line in reached)
    known = evidence(APART, *PLAYERS, call("function", None, line=12, steps=steps))
    assert [site.function for site in unreached_training(known)] == unreached


LOSSES = """\
def handed(score):
    value = -mean(score)
    return value


class Gan:
    def train_step(self, data):
        loss = self.loss_fn(score)
        grads = tape.gradient(loss, self.variables)
        other = tape.gradient(square(loss), self.variables)


gan.compile(loss_fn={given})
"""


@pytest.mark.parametrize(
    ("given", "gradient", "line"),
    [("handed", 9, 2), ("imported", 9, 8), ("handed", 10, 10), ("handed", 3, 3)],
)
def test_a_loss_is_looked_up_where_it_is_made(given: str, gradient: int, line: int) -> None:
    assert loss_line(evidence(LOSSES.format(given=given)), gradient) == line


NAMED = """\
def train_step(images):
    labels = tf.concat([tf.ones((n, 1)), tf.ones((n, 1))], axis=0)
    labels += noise
    with tf.GradientTape() as tape:
        verdicts = discriminator(joined)
        d_loss = {loss}
    grads = tape.gradient(d_loss, discriminator.trainable_weights)
"""


@pytest.mark.parametrize(
    ("loss", "line"),
    [
        ("loss_fn(labels, verdicts)", 2),
        ("loss_fn(y_pred=verdicts, y_true=labels)", 2),
        ("loss_fn(tf.ones_like(verdicts), verdicts)", None),
        ("own_loss(verdicts)", None),
    ],
)
def test_labels_with_a_name_are_marked_where_they_are_made(loss: str, line: int | None) -> None:
    assert labels_line(evidence(NAMED.format(loss=loss)), 7) == line
