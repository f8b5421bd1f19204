"""The update table: its rows, their names, and how they are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.model import Call, Fed, ModelSeen, Moved, Step
from harness.pipeline.table import update_table
from harness.report._trace import trace_lines
from tests.rules._traces import array, call, labels, layer, model, moved, probe, trace

G, D, GAN, INNER = 1, 2, 3, 4


def models() -> list[ModelSeen]:
    """A generator, a discriminator around a nameless Sequential, and both joined."""
    dense = layer("Dense", None, 1, parameters=5)
    return [
        model(G, "gan.generator", dense, parameters=10),
        replace(model(INNER, "", dense, parameters=5), names=(), kind="Sequential"),
        model(D, "gan.discriminator", dense, parameters=5, contains=(INNER,), shares=(INNER,)),
        model(GAN, "gan.combined", dense, parameters=15, contains=(G, D, INNER), shares=(G, D, INNER)),
    ]


def d_step(label: float, **more: Any) -> Call:
    real = array(32, 28, 28, 1, low=-1.0, high=1.0, origin="data-set", data_set="mnist.x_train")
    moves = (moved(INNER, 0.02), moved(D, 0.02), moved(GAN, 0.02), moved(G, 0.0))
    return call(
        "train_on_batch", D, line=7, inputs=(real,), targets=(labels(32, label),), moved=moves, **more
    )


def told(*calls: Call) -> list[str]:
    table = update_table(trace(*models(), *calls))
    return [f"{label}: {words}" for label, words in trace_lines(table)]


def test_a_training_call_is_told_with_what_moved_what_was_fed_and_towards_what() -> None:
    assert told(d_step(1, losses=(0.7,), through=(D, INNER))) == [
        "line 7: gan.discriminator.train_on_batch: 1 call, 1 update",
        "moved: gan.discriminator by 0.02; gan.generator stood still",
        "through: gan.discriminator",
        "fed: 32x28x28x1 float32, -1 to 1, mnist.x_train",
        "towards: 32x1 float32, all 1",
        "loss: 0.7",
    ]


def test_calls_alike_are_one_row_and_other_labels_another() -> None:
    rows = update_table(
        trace(*models(), d_step(1, losses=(0.7,)), d_step(0), replace(d_step(1, losses=(0.5,)), count=4))
    )
    assert [(row.calls, row.losses) for row in rows] == [(5, (0.7, 0.5)), (1, (0.7,))]


def test_only_statistics_that_moved_are_no_training() -> None:
    still = replace(d_step(1), moved=(Moved(D, 0.0, 0.3, 2, 6),))
    assert "moved: gan.discriminator: only its statistics, by 0.3" in told(still)


def test_a_hand_written_step_is_told_gradient_by_gradient() -> None:
    fake = array(-1, 784, low=None, high=None, origin="model", origin_model=G)
    step = Step((G,), (G, D), (Fed(D, fake),), None, exact=True)
    fit = call("fit", GAN, line=9, planned=400, updates=30, steps=(step,))
    fed = {"model": D, "origin": "model", "maker": G, "data_set": None, "pushed": "up"}
    pushes = probe("pushes", steps=[{"line": 9, "trained": [G], "fed": [fed]}])
    lines = [f"{label}: {words}" for label, words in trace_lines(update_table(trace(*models(), fit, pushes)))]
    assert lines == [
        "line 9: gan.combined.fit: 1 call, 30 of the 400 updates that it asks for",
        "moved: not looked at",
        "step 1: trains gan.generator by a loss through gan.generator, gan.discriminator",
        ": gan.discriminator gets ?x784 float32, from gan.generator, pushed up",
        "loss: 0.7",
    ]


def test_what_several_calls_ask_for_is_told_of_them_all() -> None:
    fits = [call("fit", GAN, line=9, planned=100, updates=30, count=count) for count in (1, 2)]
    assert told(*fits)[0] == "line 9: gan.combined.fit: 3 calls, 60 of the 300 updates that they ask for"
    whole = call("fit", GAN, line=9, planned=30, updates=60, count=2)
    assert told(whole)[0] == "line 9: gan.combined.fit: 2 calls, 60 updates"
    unknown = replace(fits[0], planned=None)
    assert told(fits[0], unknown)[0] == "line 9: gan.combined.fit: 2 calls, 60 updates"


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ((6.0691,), ["loss: 6.069"]),
        ((6.0691, 6.0692), ["loss: 6.069 at first and at last"]),
        ((0.7, 0.5), ["loss: 0.7 at first, 0.5 at last"]),
        ((), []),
    ],
)
def test_a_loss_is_told_by_as_many_values_as_it_has(losses: tuple[float, ...], words: list[str]) -> None:
    assert [line for line in told(d_step(1, losses=losses)) if line.startswith("loss")] == words


def test_pushes_both_ways_are_not_told() -> None:
    fake = array(-1, 784, low=None, high=None, origin="model", origin_model=G)
    step = Step((G,), (G, D), (Fed(D, fake),), None, exact=True)
    fit = call("fit", GAN, line=9, steps=(step,))
    fed = {"model": D, "origin": "model", "maker": G, "data_set": None}
    both = [{"line": 9, "trained": [G], "fed": [{**fed, "pushed": "up"}, {**fed, "pushed": "down"}]}]
    (row,) = update_table(trace(*models(), fit, probe("pushes", steps=both)))
    assert row.steps[0].fed[0].pushed is None


def test_a_run_without_training_says_so() -> None:
    assert told() == ["updates: nothing was trained"]
