"""Round trips of a cycle consistency loss."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

RULE = "cycle-not-closed"
STEP = """\
def step(a, b):
    fake_b = g(a, training=True)
    fake_a = f(b, training=True)
    cycled_a = {way}(fake_b, training=True)
    cycled_b = g(fake_a, training=True)
    return mae(a, {first}) + tf.abs({second} - b)
"""


def lines(way: str = "f", first: str = "cycled_a", second: str = "cycled_b", text: str = STEP) -> list[int]:
    found = matches(RULE, evidence(text.format(way=way, first=first, second=second)))
    return [match.line for match in found]


def test_the_way_back_goes_through_the_other_translator() -> None:
    assert lines("g") == [4]
    assert lines() == []


def test_names_do_not_matter_where_the_two_are_compared() -> None:
    plain = STEP.replace("cycled_", "round_")
    assert lines("g", "round_a", "round_b", plain) == [4]
    assert lines("g", "fake_a", "round_b", plain) == [], "what the trip is for is not known"


def test_both_are_found_in_tuples_and_without_names() -> None:
    text = "def step(a, b):\n    x, y = g(a), f(b)\n    rec_a, rec_b = {}(x), g(y)\n    return rec_a, rec_b\n"
    assert [m.line for m in matches(RULE, evidence(text.format("g")))] == [3]
    assert not matches(RULE, evidence(text.format("f")))
    nested = "rec_a = {}(g(a))\nrec_b = g(f(b))\n"
    assert [m.line for m in matches(RULE, evidence(nested.format("g")))] == [1]
    assert not matches(RULE, evidence(nested.format("f")))


def test_a_round_trip_is_held_against_its_beginning() -> None:
    assert lines("f", "cycled_b", "cycled_a") == [6, 6]
    assert lines("f", "cycled_b") == [6]
    assert lines("f", "fake_a") == [], "a term of another kind"


@pytest.mark.parametrize(
    "text",
    [
        "h = layer(layer(x))\nrecon = layer(h)\nloss = mae(x, recon)\n",  # one network, again and again
        "a = projector(encoder(one))\nb = projector(encoder(two))\nloss = mae(one, b)\n",
        "recon = decoder(encoder(x))\nagain = decoder(encoder(y))\nloss = mae(y, recon)\n",
    ],
)
def test_what_is_no_cycle_is_left_alone(text: str) -> None:
    assert not matches(RULE, evidence(text))
