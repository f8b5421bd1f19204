"""The corpus keeps to its form, its page is current, and the rates are what the project promises.

The reviews themselves are made by ``test_sample.py``, ``test_sample_of_mistakes.py`` and, all of them, by the
long tier.
"""

from __future__ import annotations

import ast

import pytest

from harness.rules import names
from tests.corpus._cases import CorpusError, Program, _changed, cases, programs
from tests.corpus._page import PAGE, page
from tests.corpus._score import kept, scores
from tests.corpus._train import digest, trainings

CASES = list(cases())
PLANTED = [case for case in CASES if case.mistake is not None]


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(programs()) >= 60
    assert len({case.mistake.operator for case in PLANTED if case.mistake is not None}) >= 25
    assert all(program.mistakes for program in programs())


def test_every_expected_rule_exists() -> None:
    wanted = {case.mistake.rule for case in PLANTED if case.mistake is not None}
    assert sorted(wanted - set(names())) == []


@pytest.mark.parametrize("program", [p for p in programs() if p.kind == "script"], ids=lambda p: p.name)
def test_a_correct_program_parses(program: Program) -> None:
    ast.parse(program.text)


def test_no_two_programs_are_alike_and_no_two_cases_of_one() -> None:
    # A mistake may turn one program into another one's: a loss that takes logits, or a sigmoid before it.
    digests = [(case.program.name, case.digest) for case in CASES]
    assert len(set(digests)) == len(digests)
    texts = [program.text for program in programs()]
    assert len(set(texts)) == len(texts)


def test_an_edit_must_match_exactly_once() -> None:
    with pytest.raises(CorpusError, match=r"a/b: 'x' stands 2 times in the text, expected 1\."):
        _changed("x = x", (("x", "y"),), "a/b")


def test_every_result_is_of_a_present_text_and_every_correct_program_has_one() -> None:
    results = kept()
    present = {case.name: case.digest for case in CASES}
    assert {n: r.digest for n, r in results.items() if present.get(n) != r.digest} == {}, (
        "run: python -m tests.corpus --write --stale"
    )
    assert [c.name for c in CASES if c.mistake is None and c.name not in results] == []
    assert sum("/" in name for name in results) >= 140


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(CASES, scores(CASES, kept()), trainings()), (
        "run: python -m tests.corpus --write --stale"
    )


def test_no_correct_program_gets_an_error_or_a_warning() -> None:
    correct = [score for score in scores(CASES, kept()) if score.case.mistake is None]
    assert {score.case.name: score.besides for score in correct if score.besides} == {}
    assert {score.case.name for score in correct if score.result.verdict != "clean"} == set()


def test_of_the_planted_mistakes_95_percent_are_found_with_their_cause_at_their_line() -> None:
    planted = [score for score in scores(CASES, kept()) if score.case.mistake is not None]
    assert sum(score.right for score in planted) >= 0.95 * len(planted)


def test_what_was_trained_has_learned() -> None:
    sample = {program.name: program for program in programs() if program.check}
    assert len(sample) >= 12
    for name, training in trainings().items():
        assert training.digest == digest(sample[name]), f"run: python -m tests.corpus --train {name}"
        assert (training.learned, training.failed_before) == (True, True), name
