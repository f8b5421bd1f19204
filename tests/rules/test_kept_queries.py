"""Queries that are answered once for each evidence."""

from __future__ import annotations

import time

import pytest

from harness.rules._evidence import Evidence, kept
from harness.rules._judge import judge
from tests.rules._traces import evidence, fault

MODEL = """
m{n} = keras.Sequential([keras.Input((4,)), layers.Dense(4, "relu"), layers.Dense(1)])
m{n}.compile("adam", "mse")
m{n}.fit(x, y)
"""
LAYER = "x = layers.Dense(4)(x)\n"

ASKED: list[tuple[int, str]] = []


@kept
def words(known: Evidence, least: int, *, joint: str = " ") -> str:
    ASKED.append((least, joint))
    return joint.join(word for word in known.listing.text.split() if len(word) >= least)


def test_a_query_is_answered_once_for_each_evidence_and_question() -> None:
    ASKED.clear()
    one, other = evidence("a = long_name"), evidence("b = other_name")
    assert [words(one, 3), words(one, 3), words(other, 3)] == ["long_name", "long_name", "other_name"]
    assert [words(one, 1), words(one, 1, joint="+")] == ["a = long_name", "a+=+long_name"]
    assert ASKED == [(3, " "), (3, " "), (1, " "), (1, "+")]


def test_evidence_that_accounts_for_more_faults_keeps_what_is_known_of_the_text() -> None:
    first = evidence("f()\ng()", fault("NameError", "no f", line=1), fault("NameError", "no g", line=2))
    one, two = first.unexplained
    words(first, 1)
    second = first.explaining(frozenset({one.seq}))
    assert second.tree is first.tree
    assert second.unexplained == (two,)
    assert first.unexplained == (one, two)
    assert second.explaining(frozenset({two.seq})).unexplained == ()
    assert not second.answers


@pytest.mark.parametrize(
    "text",
    ["".join(MODEL.format(n=n) for n in range(600)), LAYER * 3000 + "m = keras.Model(i, x)\nm.fit(a, b)"],
    ids=["models", "layers"],
)
def test_long_programs_are_judged_in_seconds(text: str) -> None:
    began = time.process_time()
    judge(evidence("import keras\nfrom keras import layers\n" + text))
    assert time.process_time() - began < 10
