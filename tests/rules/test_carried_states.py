"""Recurrent networks that go on step by step."""

from __future__ import annotations

import pytest

from tests.rules._traces import call, evidence, layer, matches, model

LOOP = """\
state, token = encoder.predict(x), start
for _ in range(9):
    {step}
    token = {token}
    {after}
"""
STEP = "out, _ = stepper.predict([token, state], verbose=0)"


def lines(
    step: str = STEP, token: str = "out.argmax(-1)", after: str = "pass", kind: str = "GRU"
) -> list[int]:
    stepper = model(
        0,
        "stepper",
        layer(kind, None, 4),
        inputs=((None, 1), (None, 4)),
        outputs=((None, 1, 9), (None, 4)),
    )
    known = evidence(LOOP.format(step=step, token=token, after=after), stepper, call("predict", 0, line=3))
    return [match.line for match in matches("state-not-carried-on", known)]


@pytest.mark.parametrize(
    "step",
    [
        STEP,
        "out, h = stepper.predict([token, state])",
        "out, h = stepper([token, state])",
        "out, h = stepper.predict([token] + [state])",
        "out, h = stepper.predict([token] + states)",
    ],
)
def test_a_state_that_is_handed_back_and_left_is_told(step: str) -> None:
    assert lines(step) == [3]


@pytest.mark.parametrize(
    ("step", "after"),
    [
        ("out, state = stepper.predict([token, state])", "pass"),
        ("out, h = stepper.predict([token, state])", "state = h"),
        ("out, h = stepper.predict([token] + states)", "states = [h]"),
        ("out, h = stepper.predict([token, state])", "kept.append(h)"),
        ("out, h = other.predict([token, state])", "pass"),
        ("out = stepper.predict([token, state])", "pass"),
    ],
)
def test_a_state_that_is_used_is_left_alone(step: str, after: str) -> None:
    assert lines(step, after=after) == []


def test_a_network_without_a_state_and_a_loop_that_repeats_itself_are_left_alone() -> None:
    assert lines(kind="Dense") == []
    fixed = "out, _ = stepper.predict([first, state])"
    assert lines(fixed) == [], "several draws from one state"
