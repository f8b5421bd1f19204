"""A fault of Errata itself costs what it must, is told as what it is, and ends nobody else's review."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from harness import cli
from harness.cache import Store
from harness.data import DataError
from harness.model import Coverage, Review, Severity, Verdict
from harness.pipeline import Options, answers, review_all, review_text, reviewing, verdicts
from harness.rules import Rule, _judge, load
from harness.rules._evidence import Evidence, Match

FAULTY = "import os\nprint(unknown)\n"


def _raising(evidence: Evidence) -> Iterable[Match]:
    yield Match(1, "found before it failed")
    raise KeyError("what it looked for")


def _endless(evidence: Evidence) -> Iterable[Match]:
    going = [True]
    while going:
        with suppress(Exception):
            while going:
                pass
    yield Match(1, "never")


@pytest.fixture
def with_rule(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Evidence], Iterable[Match]]], None]:
    """Puts one more rule before all others."""

    def put(find: Callable[[Evidence], Iterable[Match]]) -> None:
        rule = Rule("a-bad-rule", Severity.ERROR, "source", "", "", find)
        monkeypatch.setattr(_judge, "load", lambda: (rule, *load()))

    return put


def test_a_rule_that_raises_costs_its_own_findings_only(with_rule: Callable[..., None]) -> None:
    with_rule(_raising)
    review = review_text(FAULTY, "a.py", kind="script")
    assert review.verdict is Verdict.HARNESS_ERROR
    assert review.reason is not None
    assert "the rule a-bad-rule could not be applied: KeyError: 'what it looked for'" in review.reason
    assert ("undefined-name", 2) in [(found.rule, found.line) for found in review.findings]
    assert "a-bad-rule" not in {found.rule for found in review.findings}


def test_a_rule_that_does_not_end_is_left(
    with_rule: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rule(_endless)
    monkeypatch.setattr(verdicts, "JUDGING_SECONDS", 0.5)
    monkeypatch.setattr(reviewing, "JUDGING_SECONDS", 0.5)
    before = signal.getsignal(signal.SIGALRM)
    review = review_text(FAULTY, "a.py", kind="script")
    assert review.verdict is Verdict.INCOMPLETE
    assert review.reason is not None
    assert "more than 0.5 s: the rule a-bad-rule was left" in review.reason
    assert f"{len(load()) + 1} rules in all" in review.reason  # no time is left for the others
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_what_is_judged_in_time_is_judged_in_a_thread_and_beside_a_timer_too() -> None:
    made: list[Review] = []
    thread = threading.Thread(target=lambda: made.append(review_text(FAULTY, "a.py", kind="script")))
    thread.start()
    thread.join()
    signal.setitimer(signal.ITIMER_REAL, 500)
    try:
        made.append(review_text(FAULTY, "a.py", kind="script"))
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 400  # the caller's own
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    for review in made:
        assert review.verdict is Verdict.FAULTY
        assert ("undefined-name", 2) in [(found.rule, found.line) for found in review.findings]


def test_a_review_without_all_its_rules_is_not_kept(
    with_rule: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(answers, "store", lambda: Store(tmp_path / "answers"))
    with_rule(_raising)
    article, options = tmp_path / "a.py", Options(cache=True)
    article.write_text(FAULTY)
    assert reviewing.review(article, options).verdict is Verdict.HARNESS_ERROR
    monkeypatch.undo()
    monkeypatch.setattr(answers, "store", lambda: Store(tmp_path / "answers"))
    mended = reviewing.review(article, options)
    assert mended.verdict is Verdict.FAULTY
    assert mended.cached is not None, "the run itself was sound and is not repeated"


def test_an_article_that_errata_fails_at_does_not_end_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text(FAULTY)
    second.write_text(FAULTY)
    asked: list[object] = []

    def fails_once(*given: object) -> object:
        asked.append(given)
        if len(asked) == 1:
            raise RuntimeError("a mistake of ours")
        return Coverage(2, 2, 2)

    monkeypatch.setattr(reviewing, "coverage", fails_once)
    status = cli.main(["review", "--no-cache", "--jobs", "1", str(first), str(second)])
    said = capsys.readouterr()
    assert status == 3
    assert "a fault of Errata itself: RuntimeError: a mistake of ours" in said.out
    assert "undefined-name" in said.out, "the second article's finding"
    assert "Traceback" not in said.out + said.err


def test_what_is_no_fault_of_ours_is_told_as_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*given: object) -> None:
        raise DataError("no such archive")

    monkeypatch.setattr(reviewing, "full_archive", refuse)
    article = tmp_path / "first.py"
    article.write_text(FAULTY)
    with pytest.raises(DataError, match="no such archive"):
        list(review_all([article], Options()))
