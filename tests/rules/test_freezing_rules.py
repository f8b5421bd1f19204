"""What is frozen, when, and what moves all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import FrameworkLoaded, ModelSeen
from tests.rules._gans import (
    DISCRIMINATOR,
    FROZEN,
    GENERATOR,
    SOURCE,
    Program,
    d_step,
    fake,
    g_step,
    real,
)
from tests.rules._traces import layer, matches, moved


def test_a_freeze_without_effect_is_named_with_its_line_and_the_version_of_keras() -> None:
    program = Program(calls=(d_step(18, real(), 1, by=0.0), d_step(19, fake(), 0, by=0.0), g_step(21, 1)))
    (match,) = matches("discriminator-never-updated", program.evidence())
    assert match.evidence["frozen_at"] == [20]
    assert "`trainable = False` in line 20" in match.message


@pytest.mark.parametrize(
    ("version", "cure"),
    [
        (
            "3.15.1",
            "Set `discriminator.trainable = True` before each of its own steps, and "
            "`discriminator.trainable = False` before each step that trains the generator through it.",
        ),
        (
            "2.21.0",
            "Compile `discriminator` first, then set `discriminator.trainable = False`, and then compile the "
            "model that holds it.",
        ),
    ],
)
def test_what_to_do_about_a_freeze_depends_on_keras(version: str, cure: str) -> None:
    loaded = FrameworkLoaded(seq=0, line=2, versions={"keras": version}, backend="tensorflow", device="cpu")
    calls = (d_step(18, real(), 1, by=0.0), d_step(19, fake(), 0, by=0.0), g_step(21, 1))
    (match,) = matches("discriminator-never-updated", Program(calls=calls, more=(loaded,)).evidence())
    assert match.message.endswith(f"`trainable = False` in line 20 also holds here. {cure}")


def test_a_discriminator_that_stands_still_for_no_reason_that_shows_gets_a_remedy_too() -> None:
    calls = (d_step(18, real(), 1, by=0.0), d_step(19, fake(), 0, by=0.0), g_step(21, 1))
    source = SOURCE.replace("    discriminator.trainable = False\n", "")
    (match,) = matches("discriminator-never-updated", Program(source=source, calls=calls).evidence())
    assert match.message.endswith(
        "Check that it is trainable, and that the learning rate of its optimizer is not 0."
    )


def test_a_freeze_by_another_name_is_known_by_the_compilation_that_saw_it() -> None:
    calls = (d_step(18, real(), 1, by=0.0), d_step(19, fake(), 0, by=0.0), g_step(21, 1))
    source = SOURCE.replace("discriminator.trainable = False", "self.discriminator.trainable = False")
    program = Program(source=source, calls=calls)
    (match,) = matches("discriminator-never-updated", program.evidence())
    assert match.evidence["frozen_at"] == []  # nothing says that it is the same model
    (match,) = matches("discriminator-never-updated", replace(program, compiles=(FROZEN,)).evidence())
    assert match.evidence["frozen_at"] == [20]


@pytest.mark.parametrize(("changed", "frozen"), [(4, True), (6, False)])
def test_a_discriminator_of_which_only_its_normalisation_moves_does_not_learn(
    changed: int, frozen: bool
) -> None:
    body = layer("Dense", None, 1, activation="sigmoid", parameters=9)
    norm = layer("BatchNormalization", None, 8, parameters=16)
    part = replace(moved(DISCRIMINATOR, arrays=6), changed=changed)
    calls = tuple(
        replace(call, moved=(moved(GENERATOR, 0.0), part))
        for call in (d_step(18, real(), 1), d_step(19, fake(), 0))
    )
    source = SOURCE.replace(
        "    discriminator.trainable = False\n    gan.",
        "    for it in discriminator.layers: it.trainable = False\n    gan.",
    )
    seen = Program(source=source, calls=(*calls, g_step(21, 1))).evidence()
    assert seen.trace is not None
    events = tuple(
        replace(e, layers=(norm, body)) if isinstance(e, ModelSeen) and e.model == DISCRIMINATOR else e
        for e in seen.trace.events
    )
    known = replace(seen, trace=replace(seen.trace, events=events))
    found = matches("discriminator-never-updated", known)
    assert [(m.line, m.evidence["frozen_at"]) for m in found] == ([(18, [20])] if frozen else [])
    assert all("but its normalisation" in m.message for m in found)


@pytest.mark.parametrize(("kind", "changed"), [("BatchNormalization", 4), ("SpectralNormalization", 2)])
def test_normalisation_that_moves_in_the_generator_s_step_is_left_alone(kind: str, changed: int) -> None:
    part = replace(moved(DISCRIMINATOR, arrays=6), changed=changed)
    norm = layer(kind, None, 8, parameters=16)
    seen = Program(calls=(*Program().calls[:2], g_step(21, 1, moved(GENERATOR), part))).evidence()
    assert seen.trace is not None
    assert matches("discriminator-moves-in-generator-step", seen) != []
    events = tuple(
        replace(e, layers=(norm, *e.layers)) if isinstance(e, ModelSeen) and e.model == DISCRIMINATOR else e
        for e in seen.trace.events
    )
    known = replace(seen, trace=replace(seen.trace, events=events))
    assert matches("discriminator-moves-in-generator-step", known) == []
