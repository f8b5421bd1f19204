"""Where hand-written losses drive a judge's verdicts, and what that says of who is trained by which loss."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model import Fed, Step
from harness.rules._evidence import Evidence
from tests.rules._gans import COMBINED, DISCRIMINATOR, GENERATOR, SOURCE, Program, fake, noise, real
from tests.rules._traces import call, matches, moved, probe

# What was fed, who made it, and where the loss drives the verdict on it.
Way = tuple[int, int | None, str]
REAL_UP, REAL_DOWN = (DISCRIMINATOR, None, "up"), (DISCRIMINATOR, None, "down")
FAKE_UP, FAKE_DOWN = (DISCRIMINATOR, GENERATOR, "up"), (DISCRIMINATOR, GENERATOR, "down")
D_TEACHES = ((DISCRIMINATOR,), (REAL_UP, FAKE_DOWN))
G_AIMS = ((GENERATOR,), (FAKE_UP,))


def seen(
    *steps: tuple[tuple[int, ...], tuple[Way, ...]],
    roles: bool = True,
    by: float = 0.01,
    source: str = SOURCE,
    first: int = 18,
) -> Evidence:
    told: list[dict[str, Any]] = []
    for line, (trained, ways) in enumerate(steps, first):
        fed = [
            {"model": judge, "origin": "x", "maker": maker, "data_set": None, "pushed": way}
            for judge, maker, way in ways
        ]
        told.append({"line": line, "trained": list(trained), "fed": fed})
    own = tuple(
        Step(trained, (GENERATOR, DISCRIMINATOR), (), None, True, line)
        for line, (trained, _) in enumerate(steps, first)
    )
    step = call("function", None, line=21, moved=(moved(GENERATOR, by), moved(DISCRIMINATOR)), steps=own)
    return Program(source=source, calls=(step,), more=(probe("pushes", steps=told),), roles=roles).evidence()


def lines(rule: str, known: Evidence) -> list[int]:
    return [match.line for match in matches(rule, known)]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ((D_TEACHES, ((DISCRIMINATOR,), (FAKE_UP,))), [19]),
        ((D_TEACHES, ((DISCRIMINATOR,), (FAKE_DOWN,))), []),  # a second step of its own
        ((D_TEACHES, ((GENERATOR, DISCRIMINATOR), (FAKE_DOWN,))), []),
        ((D_TEACHES, G_AIMS), []),
    ],
)
@pytest.mark.parametrize("roles", [True, False])
def test_a_judge_is_not_trained_against_its_own_step(steps: Any, found: list[int], roles: bool) -> None:
    assert lines("discriminator-moves-in-generator-step", seen(*steps, roles=roles)) == found


def test_where_the_generator_stands_still_that_is_the_finding() -> None:
    known = seen(D_TEACHES, ((DISCRIMINATOR,), (FAKE_UP,)), by=0.0)
    assert lines("discriminator-moves-in-generator-step", known) == []
    assert lines("generator-never-updated", known) == [19]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ((((DISCRIMINATOR,), (FAKE_UP,)), G_AIMS), [18]),
        ((((DISCRIMINATOR,), (FAKE_DOWN,)), G_AIMS), []),
        ((((DISCRIMINATOR,), (FAKE_UP,)), ((DISCRIMINATOR,), (REAL_DOWN,)), G_AIMS), []),
    ],
)
def test_a_judge_needs_a_loss_of_its_own(steps: Any, found: list[int]) -> None:
    assert lines("discriminator-moves-in-generator-step", seen(*steps)) == found


def test_the_verdict_of_the_whole_is_that_on_a_generated_example() -> None:
    whole = ((GENERATOR, DISCRIMINATOR, COMBINED), ((COMBINED, None, "up"),))
    assert lines("discriminator-moves-in-generator-step", seen(D_TEACHES, whole)) == [19]
    assert lines("discriminator-moves-in-generator-step", seen(D_TEACHES, ((GENERATOR,), whole[1]))) == []


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ((((DISCRIMINATOR,), (REAL_UP, FAKE_UP)), G_AIMS), [18]),
        ((((DISCRIMINATOR,), (REAL_UP,)), ((DISCRIMINATOR,), (FAKE_UP,)), G_AIMS), [18]),
        ((D_TEACHES, G_AIMS), []),
        ((((DISCRIMINATOR,), (FAKE_UP,)), G_AIMS), []),  # what it is told of real ones is not known
    ],
)
def test_a_judge_that_is_driven_one_way_tells_nothing_apart(steps: Any, found: list[int]) -> None:
    assert lines("one-class-discriminator", seen(*steps)) == found


ALONE = """\
generator, discriminator = build(1), build(2)
def step(images):
    with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
        made = generator(noise())
        real, fake = discriminator(images), discriminator(made)
        g_loss = bce(ones_like(fake), fake)
        d_loss = {loss}
    d_opt.apply(d_tape.gradient(d_loss, discriminator.weights), discriminator.weights)
    g_opt.apply(g_tape.gradient(g_loss, generator.weights), generator.weights)
step(images)
"""


@pytest.mark.parametrize(
    ("loss", "found"),
    [("bce(ones_like(real), real)", [7]), ("bce(ones_like(real), real) + penalty(fake)", [])],
)
def test_a_judge_that_is_told_of_real_examples_alone(loss: str, found: list[int]) -> None:
    known = seen(((DISCRIMINATOR,), (REAL_UP,)), G_AIMS, source=ALONE.format(loss=loss), first=8)
    assert lines("one-class-discriminator", known) == found


@pytest.mark.parametrize(
    ("aim", "words"),
    [
        ((REAL_UP, FAKE_DOWN), "is taken of the loss of `discriminator`"),
        ((FAKE_DOWN,), "drives what `discriminator` says of generated images down"),
    ],
)
def test_the_wrong_loss_is_told_from_a_wrong_sign(aim: tuple[Way, ...], words: str) -> None:
    (match,) = matches("labels-swapped-between-steps", seen(D_TEACHES, ((GENERATOR,), aim)))
    assert words in match.message
    assert match.line == 19


@pytest.mark.parametrize(("judged", "wrong"), [(real(), True), (fake(), False)])
def test_the_generator_s_loss_is_about_what_it_makes(judged: Any, wrong: bool) -> None:
    both = (GENERATOR, DISCRIMINATOR)
    own = Step((DISCRIMINATOR,), both, (Fed(DISCRIMINATOR, real()), Fed(DISCRIMINATOR, fake())), 1, True, 9)
    aim = Step((GENERATOR,), both, (Fed(GENERATOR, noise()), Fed(DISCRIMINATOR, judged)), 2, True, 10)
    step = call("function", None, line=12, moved=(moved(GENERATOR), moved(DISCRIMINATOR)), steps=(own, aim))
    known = Program(calls=(step,), joined=False).evidence()
    assert lines("discriminator-disconnected", known) == ([10] if wrong else [])
