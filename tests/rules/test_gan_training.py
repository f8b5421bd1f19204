"""Rules about who is trained with what: each convicts its mistake and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.model import ModelSeen, Step
from harness.rules._judge import judge
from tests.rules._gans import (
    COMBINED,
    DISCRIMINATOR,
    FROZEN,
    GENERATOR,
    SOURCE,
    TRACED,
    Program,
    d_step,
    fake,
    found,
    g_step,
    noise,
    real,
    without,
)
from tests.rules._traces import call, compiled, labels, layer, matches, model, moved, probe

FREE = compiled(COMBINED, line=12, trainable={DISCRIMINATOR: True})
G_MOVES_BOTH = g_step(21, 1, moved(GENERATOR), moved(DISCRIMINATOR))

INSIDE = """\
class Gan:
    def train(self, epochs):
        for epoch in range(epochs):
            self.discriminator.train_on_batch(real, ones)
{more}

gan = Gan()
gan.train(epochs=30)
"""


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        ("            pass", [3]),
        ("            if epoch > 1000: self.combined.train_on_batch(noise, ones)", []),
    ],
)
def test_a_program_s_own_method_of_that_name_is_no_training_that_was_missed(
    more: str, lines: list[int]
) -> None:
    program = Program(source=INSIDE.format(more=more), calls=(d_step(4, real(), 1), d_step(4, fake(), 0)))
    found = matches("generator-never-updated", program.evidence())
    assert [match.line for match in found] == lines


@pytest.mark.parametrize(("other", "lines"), [("discriminator", []), ("combined", [4])])
def test_a_step_that_a_method_did_not_get_to_may_have_the_other_label(other: str, lines: list[int]) -> None:
    text = INSIDE.format(more=f"            self.{other}.train_on_batch(made, zeros)")
    text = text.replace("gan = Gan()", "gan = Gan()\ngan.discriminator.compile()")
    known = Program(source=text, calls=(d_step(4, real(), 1),)).evidence()
    assert known.trace is not None
    events = tuple(
        replace(event, names=("gan.discriminator",))
        if isinstance(event, ModelSeen) and event.model == DISCRIMINATOR
        else event
        for event in known.trace.events
    )
    known = replace(known, trace=replace(known.trace, events=events))
    assert [match.line for match in matches("one-class-discriminator", known)] == lines


def test_the_correct_program_gets_no_finding_at_all() -> None:
    assert judge(Program().evidence(), TRACED) == ()


def test_swapped_labels_used_consistently_are_right() -> None:
    assert found(Program(calls=(d_step(18, real(), 0), d_step(19, fake(), 1), g_step(21, 0)))) == []


def test_one_sided_smoothing_is_right() -> None:
    assert found(Program(calls=(d_step(18, real(), 0.9), d_step(19, fake(), 0), g_step(21, 1)))) == []


def test_a_discriminator_that_takes_logits_needs_no_sigmoid() -> None:
    compiles = (
        compiled(DISCRIMINATOR, line=10, from_logits=True),
        compiled(COMBINED, line=12, from_logits=True, optimizer_id=2),
    )
    assert found(Program(discriminator_end="linear", compiles=compiles)) == []


def test_a_critic_with_a_linear_output_and_labels_of_both_signs_is_right() -> None:
    compiles = tuple(
        compiled(m, "wasserstein_loss", line=10, from_logits=None) for m in (DISCRIMINATOR, COMBINED)
    )
    calls = (d_step(18, real(), -1), d_step(19, fake(), 1), g_step(21, -1))
    assert found(Program(discriminator_end="linear", compiles=compiles, calls=calls)) == []


def test_nothing_is_said_of_training_that_the_run_did_not_reach() -> None:
    assert found(Program(calls=(d_step(18, real(), 1),))) == []


def test_two_steps_of_the_discriminator_for_one_of_the_generator_are_right() -> None:
    calls = (d_step(18, real(), 1, count=2), d_step(19, fake(), 0, count=2), g_step(21, 1))
    assert found(Program(calls=calls)) == []


def test_a_program_with_no_pair_gets_no_finding_about_one() -> None:
    classifier = model(
        0,
        "classifier",
        layer("Dense", None, 32, activation="relu", parameters=9),
        layer("Dense", None, 1, activation="sigmoid", parameters=9),
        inputs=((None, 784),),
        outputs=((None, 1),),
    )
    fit = call(
        "fit", 0, inputs=(real(60000, 784, low=0.0),), targets=(labels(60000, 0, 1),), moved=(moved(0),)
    )
    program = Program(source="", calls=(fit,), compiles=(compiled(0),), roles=False, joined=False)
    seen = program.evidence()
    assert seen.trace is not None
    events = tuple(e for e in seen.trace.events if type(e).__name__ != "ModelSeen")
    alone = replace(seen, trace=replace(seen.trace, events=(classifier, *events)))
    assert judge(alone, TRACED) == ()


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        pytest.param(
            Program(source=without(18, 19, 21), calls=()),
            ("no-training", 12),
            id="compiled and never trained",
        ),
        pytest.param(
            Program(source=without(21), calls=Program().calls[:2]),
            ("generator-never-updated", 14),
            id="no step for the generator",
        ),
        pytest.param(
            Program(
                calls=(*Program().calls[:2], g_step(21, 1, moved(GENERATOR, 0.0), moved(DISCRIMINATOR, 0.0)))
            ),
            ("generator-never-updated", 21),
            id="a step that moves nothing",
        ),
        pytest.param(
            Program(calls=(d_step(18, real(), 1, by=0.0), d_step(19, fake(), 0, by=0.0), g_step(21, 1))),
            ("discriminator-never-updated", 18),
            id="frozen in its own step",
        ),
        pytest.param(
            Program(source=without(18, 19), calls=(g_step(21, 1),), compiles=(FROZEN,)),
            ("discriminator-never-updated", 21),
            id="no step for the discriminator",
        ),
        pytest.param(
            Program(source=without(18, 19), calls=(G_MOVES_BOTH,), compiles=(FREE,)),
            ("players-trained-as-one", 21),
            id="one loss for both",
        ),
        pytest.param(
            Program(calls=(d_step(18, real(), 1), d_step(19, fake(), 1), g_step(21, 1))),
            ("one-class-discriminator", 19),
            id="fakes called real",
        ),
        pytest.param(
            Program(calls=(d_step(18, noise(32, 784), 1), d_step(19, fake(), 0), g_step(21, 1))),
            ("never-sees-real-data", 18),
            id="noise instead of data",
        ),
        pytest.param(
            Program(calls=(*Program().calls[:2], g_step(21, 1, moved(GENERATOR), moved(DISCRIMINATOR)))),
            ("discriminator-moves-in-generator-step", 21),
            id="not frozen in the generator's step",
        ),
        pytest.param(
            Program(calls=(*Program().calls[:2], g_step(21, 0))),
            ("labels-swapped-between-steps", 21),
            id="the generator aims at fake",
        ),
        pytest.param(
            Program(calls=(d_step(18, real(256, 784), 1), d_step(19, fake(), 0), g_step(21, 1))),
            ("real-fake-batch-imbalance", 18),
            id="eight real for one fake",
        ),
        pytest.param(
            Program(calls=(d_step(18, real(60000, 784), 1), d_step(19, fake(), 0), g_step(21, 1))),
            ("whole-dataset-as-batch", 18),
            id="all rows in one update",
        ),
        pytest.param(
            Program(
                compiles=(
                    compiled(DISCRIMINATOR, line=10, learning_rate=0.5),
                    compiled(COMBINED, line=12, optimizer_id=2),
                )
            ),
            ("learning-rate-out-of-range", 10),
            id="a huge learning rate",
        ),
    ],
)
def test_a_mistake_is_convicted_alone_and_in_its_line(program: Program, expected: tuple[str, int]) -> None:
    assert found(program) == [expected]


def test_a_training_call_that_failed_counts_as_an_attempt() -> None:
    failed = d_step(19, fake(), 0, error="ValueError")
    calls = (
        d_step(18, real(), 1),
        replace(failed, moved=()),
        replace(g_step(21, 1, error="ValueError"), moved=()),
    )
    assert found(Program(calls=calls)) == []


def test_an_attempt_that_was_mended_and_went_well_has_not_failed() -> None:
    failed = replace(d_step(18, real(), 1, error="AttributeError"), moved=())  # its loss was mended then
    again = (d_step(18, real(), 1, by=0.0), d_step(19, fake(), 0, by=0.0), g_step(21, 1))
    assert found(Program(calls=(failed, *again))) == [("discriminator-never-updated", 18)]
    assert found(Program(calls=(*again, failed))) == []


def test_a_generator_trained_by_itself_is_convicted_where_it_is_trained() -> None:
    alone = call(
        "train_on_batch",
        GENERATOR,
        line=21,
        inputs=(noise(),),
        targets=(labels(32, 1),),
        moved=(moved(GENERATOR),),
        in_loop=True,
    )
    source = SOURCE.replace("gan.train_on_batch", "generator.train_on_batch")
    program = Program(source=source, calls=(*Program().calls[:2], alone), compiles=(compiled(1, line=10),))
    (match,) = matches("generator-trained-alone", program.evidence())
    assert match.line == 21
    assert match.message == (
        "`generator` is trained by itself against targets that are all 1: "
        "its loss never passes through `discriminator`. Train it on what that says of its images."
    )


def test_pretraining_the_generator_alone_is_accepted() -> None:
    alone = call("fit", GENERATOR, line=13, inputs=(noise(),), targets=(real(),), moved=(moved(GENERATOR),))
    assert matches("generator-trained-alone", Program(calls=(alone, *Program().calls)).evidence()) == []


def test_a_combined_model_of_fresh_layers_holds_no_player() -> None:
    seen = Program().evidence()
    assert seen.trace is not None
    events = tuple(
        replace(e, contains=(), shares=()) if isinstance(e, ModelSeen) and e.model == COMBINED else e
        for e in seen.trace.events
    )
    (match,) = matches("gan-without-its-players", replace(seen, trace=replace(seen.trace, events=events)))
    assert match.line == 11
    assert "neither the generator nor the discriminator" in match.message


def test_a_cut_run_is_no_evidence_of_what_never_happens() -> None:
    seen = Program(source=without(21), calls=Program().calls[:2]).evidence()
    assert seen.trace is not None
    assert matches("generator-never-updated", seen) != []
    unfinished = Program(calls=Program().calls[:2]).evidence()
    assert matches("generator-never-updated", unfinished) == []


def test_compiling_in_the_loop_with_a_new_optimizer_is_convicted_once() -> None:
    source = SOURCE.replace(
        "    discriminator.trainable = True\n",
        '    discriminator.compile(loss="binary_crossentropy", optimizer="adam")\n',
    )
    again = tuple(compiled(DISCRIMINATOR, line=17, optimizer_id=n, times=n, in_loop=True) for n in (2, 3, 4))
    program = Program(source=source, compiles=(compiled(COMBINED, line=12, optimizer_id=9), *again))
    assert found(program) == [("optimizer-reset-in-loop", 17)]
    kept = tuple(replace(event, optimizer_id=2) for event in again)
    program = Program(source=source, compiles=(compiled(COMBINED, line=12, optimizer_id=9), *kept))
    assert found(program) == [("recompiled-in-loop", 17)]


@pytest.mark.parametrize(("aim", "swapped"), [("down", True), ("up", False)])
def test_a_hand_written_loss_that_helps_the_discriminator_is_swapped(aim: str, swapped: bool) -> None:
    def fed(maker: int | None, pushed: str) -> dict[str, Any]:
        return {"model": DISCRIMINATOR, "origin": "x", "maker": maker, "data_set": None, "pushed": pushed}

    pushes = probe(
        "pushes",
        steps=(
            {"line": 18, "trained": (GENERATOR,), "fed": (fed(GENERATOR, aim),)},
            {"line": 18, "trained": (DISCRIMINATOR,), "fed": (fed(None, "up"), fed(GENERATOR, "down"))},
        ),
    )
    both = (GENERATOR, DISCRIMINATOR)
    steps = tuple(Step((one,), both, (), None, exact=True) for one in both)
    traced = call("function", None, line=18, steps=steps, moved=(moved(GENERATOR), moved(DISCRIMINATOR)))
    found = matches("labels-swapped-between-steps", Program(calls=(traced,), more=(pushes,)).evidence())
    assert [match.line for match in found] == ([18] if swapped else [])
