"""A player that is moved by the other's loss, in hand-written steps and through models of both."""

from __future__ import annotations

from typing import Any

import pytest

from harness.rules._evidence import Evidence
from tests.rules._gans import COMBINED, DISCRIMINATOR, GENERATOR, Program, g_step, real
from tests.rules._traces import call, layer, matches, model, moved, probe

Step = tuple[tuple[int, ...], str | None, str | None]  # trained, where fakes are driven, where real ones are
D_ALONE: Step = ((DISCRIMINATOR,), "down", "up")
G_ALONE: Step = ((GENERATOR,), "up", None)
BOTH = (GENERATOR, DISCRIMINATOR)


def seen(*steps: Step) -> Evidence:
    told: list[dict[str, Any]] = []
    for line, (trained, fake, true) in enumerate(steps, 18):
        fed = [
            {"model": DISCRIMINATOR, "origin": "x", "maker": maker, "data_set": None, "pushed": way}
            for maker, way in ((GENERATOR, fake), (None, true))
            if way is not None
        ]
        told.append({"line": line, "trained": list(trained), "fed": fed})
    step = call("function", None, line=21, moved=(moved(GENERATOR), moved(DISCRIMINATOR)))
    return Program(calls=(step,), more=(probe("pushes", steps=told),)).evidence()


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ((D_ALONE, (BOTH, "up", None)), 19),
        ((D_ALONE, G_ALONE), None),
        ((D_ALONE, (BOTH, "down", None)), None),  # labels the other way are another mistake
        (((BOTH, "up", "up"),), None),  # one loss for both
        ((D_ALONE, G_ALONE, (BOTH, None, None)), None),  # a loss of codes, as an InfoGAN has it
    ],
)
def test_the_generator_s_loss_is_not_for_the_discriminator(steps: tuple[Step, ...], line: int | None) -> None:
    found = matches("discriminator-moves-in-generator-step", seen(*steps))
    assert [match.line for match in found] == ([] if line is None else [line])


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        (((BOTH, "down", "up"), G_ALONE), 18),
        ((D_ALONE, G_ALONE), None),
        (((BOTH, "down", "up"),), None),
        (((BOTH, None, "up"), G_ALONE), None),  # a fused step drives the same verdicts both ways
    ],
)
def test_the_discriminator_s_loss_is_not_for_the_generator(steps: tuple[Step, ...], line: int | None) -> None:
    found = matches("generator-moves-in-discriminator-step", seen(*steps))
    assert [match.line for match in found] == ([] if line is None else [line])


@pytest.mark.parametrize(("by", "wrong"), [(0.01, True), (0.0, False)])
def test_a_model_that_trains_the_critic_must_not_move_the_generator(by: float, wrong: bool) -> None:
    critic = model(
        3,
        "critic_model",
        layer("Functional", None, 784, parameters=9, model=GENERATOR),
        kind="Functional",
        contains=(GENERATOR, DISCRIMINATOR),
    )
    step = call(
        "train_on_batch", 3, line=18, inputs=(real(),), moved=(moved(GENERATOR, by), moved(DISCRIMINATOR))
    )
    known = Program(calls=(step, g_step(21, 1)), more=(critic,)).evidence()
    assert [m.line for m in matches("generator-moves-in-discriminator-step", known)] == (
        [18] if wrong else []
    )
    assert matches("discriminator-moves-in-generator-step", known) == []


def test_the_combined_model_is_the_generator_s() -> None:
    step = g_step(21, 1, moved(GENERATOR), moved(DISCRIMINATOR))
    known = Program(calls=(*Program().calls[:2], step)).evidence()
    assert matches("generator-moves-in-discriminator-step", known) == []
    assert [m.line for m in matches("discriminator-moves-in-generator-step", known)] == [21]
    assert step.model == COMBINED
