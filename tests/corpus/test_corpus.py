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


def test_no_two_cases_are_alike() -> None:
    digests = [case.digest for case in CASES]
    assert len(set(digests)) == len(digests)


def test_an_edit_must_match_exactly_once() -> None:
    with pytest.raises(CorpusError, match=r"a/b: 'x' stands 2 times in the text, expected 1\."):
        _changed("x = x", (("x", "y"),), "a/b")


def test_there_is_a_result_for_the_present_text_of_every_case() -> None:
    results = kept()
    stale = [c.name for c in CASES if c.name not in results or results[c.name].digest != c.digest]
    assert not stale, "run: python -m tests.corpus --write --stale"
    assert sorted(results) == sorted(case.name for case in CASES)


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(programs(), scores(CASES, kept())), "run: python -m tests.corpus --write"


def test_no_correct_program_gets_an_error_or_a_warning() -> None:
    correct = [score for score in scores(CASES, kept()) if score.case.mistake is None]
    assert {score.case.name: score.besides for score in correct if score.besides} == {}
    assert {score.case.name for score in correct if score.result.verdict != "clean"} == set()


def test_of_the_planted_mistakes_95_percent_are_found_with_their_cause_at_their_line() -> None:
    planted = [score for score in scores(CASES, kept()) if score.case.mistake is not None]
    assert len(planted) == len(PLANTED)
    assert sum(score.right for score in planted) >= 0.95 * len(planted)


def test_the_sample_was_trained_and_has_learned() -> None:
    found = trainings()
    sample = [program for program in programs() if program.check]
    assert len(sample) >= 12
    for program in sample:
        training = found[program.name]
        assert training.digest == digest(program), f"run: python -m tests.corpus --train {program.name}"
        assert (training.learned, training.failed_before) == (True, True), program.name
