"""Players with several inputs and outputs: conditions, codes and classes beside the examples and verdicts."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest

from harness.model import ArraySummary, Call, ModelSeen
from harness.rules._data_places import data_assignments
from harness.rules._evidence import Evidence
from tests.rules._gans import DISCRIMINATOR, Program, d_step, fake, g_step, noise, real
from tests.rules._traces import array, compiled, evidence, labels, layer, matches, model, probe

CODES = array(32, 16, origin="model", origin_model=7)
CLASSES = array(32, 1, low=0.0, high=9.0, distinct=tuple(float(n) for n in range(10)))


def judged(line: int, example: ArraySummary, label: float, *beside: ArraySummary, **more: Any) -> Call:
    """A step of the discriminator on an example with something beside it, which is named first."""
    return replace(d_step(line, example, label, **more), inputs=(*beside, example))


def answered(call: Call, *before: ArraySummary, after: tuple[ArraySummary, ...] = ()) -> Call:
    """The call with further targets around its verdict's."""
    return replace(call, targets=(*before, *call.targets, *after))


def names_classes(found: Evidence) -> Evidence:
    """The same with a discriminator that puts out a verdict and ten classes."""
    assert found.trace is not None
    events = tuple(
        replace(e, output_shapes=((None, 1), (None, 10)))
        if isinstance(e, ModelSeen) and e.model == DISCRIMINATOR
        else e
        for e in found.trace.events
    )
    return replace(found, trace=replace(found.trace, events=events))


@pytest.mark.parametrize(("aim", "swapped"), [(0, True), (1, False)])
def test_images_are_told_from_the_codes_beside_them(aim: float, swapped: bool) -> None:
    calls = (judged(18, real(), 1, CODES), judged(19, fake(), 0, noise()), g_step(21, aim))
    found = matches("labels-swapped-between-steps", Program(calls=calls).evidence())
    assert [match.line for match in found] == ([21] if swapped else [])


@pytest.mark.parametrize(("aim", "swapped"), [(0, True), (1, False)])
def test_a_generated_image_beside_a_real_one_is_what_is_judged(aim: float, swapped: bool) -> None:
    calls = (judged(18, real(), 1, real()), judged(19, fake(), 0, real()), g_step(21, aim))
    assert bool(matches("labels-swapped-between-steps", Program(calls=calls).evidence())) is swapped


@pytest.mark.parametrize(("aim", "swapped"), [(0, True), (1, False)])
def test_the_verdict_is_found_among_a_combined_model_s_targets(aim: float, swapped: bool) -> None:
    step = answered(g_step(21, aim), real())
    calls = (d_step(18, real(), 1), d_step(19, fake(), 0), step)
    found = matches("labels-swapped-between-steps", Program(calls=calls).evidence())
    assert [match.line for match in found] == ([21] if swapped else [])


@pytest.mark.parametrize(("label", "one"), [(1, True), (0, False)])
def test_classes_are_no_second_verdict(label: float, one: bool) -> None:
    calls = tuple(
        answered(call, after=(CLASSES,)) for call in (d_step(18, real(), 1), d_step(19, fake(), label))
    )
    found = names_classes(Program(calls=(*calls, g_step(21, 1))).evidence())
    assert bool(matches("one-class-discriminator", found)) is one


SOURCE = """\
def own(labels, scores):
    return mean(scores)
def other(labels, scores):
    return -mean(scores)
"""


@pytest.mark.parametrize(
    ("loss", "swapped"), [("own", True), ("other", False), ("binary_crossentropy", False)]
)
def test_labels_of_another_loss_mean_something_else(loss: str, swapped: bool) -> None:
    program = Program()
    program = replace(
        program,
        source=program.source + SOURCE,
        compiles=(compiled(DISCRIMINATOR, line=10, loss="own"), compiled(2, line=12, loss=loss)),
        calls=(*program.calls[:2], g_step(21, 0)),
    )
    assert bool(matches("labels-swapped-between-steps", program.evidence())) is swapped


def test_codes_are_compared_with_random_ones_by_design() -> None:
    drawn, made = noise(32, 784), fake()
    calls = (d_step(18, drawn, 1), d_step(19, made, 0))
    from_noise = Program(calls=(*calls, g_step(21, 1))).evidence()
    from_data = Program(calls=(*calls, g_step(21, 1, rows=real()))).evidence()
    assert matches("never-sees-real-data", from_noise) != []
    assert matches("never-sees-real-data", from_data) == []


@pytest.mark.parametrize(("low", "wrong"), [(0.0, True), (-1.0, False)])
def test_the_range_compared_is_that_of_the_images(low: float, wrong: bool) -> None:
    calls = (judged(18, real(low=low), 1, CODES), judged(19, fake(), 0, noise()), g_step(21, 1))
    assert bool(matches("fake-range-differs-from-real", Program(calls=calls).evidence())) is wrong


def bytes_of(low: float = 0.0) -> ArraySummary:
    return real(low=low, high=255.0)


def test_raw_pixels_beside_a_label_are_raw_pixels() -> None:
    calls = (judged(18, bytes_of(), 1, CLASSES), judged(19, fake(), 0, CLASSES), g_step(21, 1))
    assert [m.line for m in matches("raw-pixel-input", Program(calls=calls).evidence())] == [6]


@pytest.mark.parametrize(
    ("kind", "raw"), [("Dense", True), ("Rescaling", False), ("BatchNormalization", False)]
)
def test_raw_pixels_are_seen_by_the_first_layer_of_a_model_inside_a_model(kind: str, raw: bool) -> None:
    inner = model(8, "body", layer(kind, None, 784, parameters=9), inputs=((None, 784),))
    calls = (d_step(18, bytes_of(), 1), d_step(19, fake(), 0), g_step(21, 1))
    found = Program(calls=calls, more=(inner,)).evidence()
    assert found.trace is not None
    events = tuple(
        replace(e, layers=(layer("Functional", None, 1, parameters=9, model=8),))
        if isinstance(e, ModelSeen) and e.model == DISCRIMINATOR
        else e
        for e in found.trace.events
    )
    nested = replace(found, trace=replace(found.trace, events=events))
    assert bool(matches("raw-pixel-input", nested)) is raw


JOINED = replace(real(64, 784), origin_model=0)


def together(low: float, aim: float) -> Evidence:
    """Real and generated rows in one batch, real ones first."""
    batch = replace(d_step(18, JOINED, 1), targets=(labels(64, 0, 1),))
    players = (0, DISCRIMINATOR)
    ranges = probe("ranges", players, fake=(-0.4, 0.4), real=(low, 1.0), real_origin="data-set")
    way = probe("direction", players, labels={"real": [1.0], "fake": [0.0]})
    return Program(calls=(batch, g_step(21, aim)), more=(ranges, way)).evidence()


@pytest.mark.parametrize(("low", "wrong"), [(0.0, True), (-1.0, False)])
def test_ranges_are_compared_within_one_batch(low: float, wrong: bool) -> None:
    assert bool(matches("fake-range-differs-from-real", together(low, 1))) is wrong


@pytest.mark.parametrize(("aim", "swapped"), [(0, True), (1, False)])
def test_labels_are_compared_within_one_batch(aim: float, swapped: bool) -> None:
    found = matches("labels-swapped-between-steps", together(-1.0, aim))
    assert [match.line for match in found] == ([21] if swapped else [])


def test_the_scaling_is_found_behind_a_joint() -> None:
    text = (
        "x = load() / 255.0\ny = g.predict(z)\nboth = np.concatenate([y, x[:64]])\nd.train_on_batch(both, l)"
    )
    node = ast.parse("both").body[0]
    assert isinstance(node, ast.Expr)
    known = evidence(text)
    assert [assign.lineno for assign in data_assignments(known, node.value)] == [1, 2, 3]
