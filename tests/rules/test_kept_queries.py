"""Queries that are answered once for each evidence."""

from __future__ import annotations

from harness.rules._evidence import Evidence, kept
from tests.rules._traces import evidence, fault

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
