"""A finding is attributed by the same article's review on an older Keras."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Article, Attribution, Coverage, Finding, Review, Severity, Verdict
from harness.pipeline import Options, review_text
from harness.pipeline.comparing import compared
from tests.run.test_legacy import CLASSIC

ARTICLE = Article("a.py", "0" * 64, "", "script")


def finding(rule: str, line: int, severity: Severity = Severity.ERROR, **more: object) -> Finding:
    return Finding(rule, severity, line, line, 1, f"{rule} here.", **more)  # type: ignore[arg-type]


def review(*findings: Finding, keras: str = "3.15.1", verdict: Verdict = Verdict.FAULTY) -> Review:
    coverage, environment = Coverage(9, 9, 9), {"keras": keras}
    return Review(ARTICLE, verdict, None, 1.0, None, coverage, findings, environment)


def older(*findings: Finding, **more: object) -> Review:
    return review(*findings, keras="2.21.0", **more)  # type: ignore[arg-type]


def test_what_the_older_one_does_not_show_worked_there() -> None:
    (found,) = compared(review(finding("removed-module", 3)), older(verdict=Verdict.CLEAN)).findings
    assert found.attribution is Attribution.BROKEN_SINCE
    assert found.message == "removed-module here. On Keras 2.21.0 it works: it has been broken since."


def test_what_both_show_is_no_matter_of_the_version() -> None:
    same = finding("one-class-discriminator", 7)
    made = compared(review(same), older(same))
    (found,) = made.findings
    assert found.attribution is Attribution.SAME_BEFORE
    assert found.message == "one-class-discriminator here. On Keras 2.21.0 it is the same."
    assert (made.seconds, made.cached) == (2.0, None)
    half = compared(replace(review(same), cached=5.0), older(same))
    assert half.cached is None  # something was run this time
    whole = compared(replace(review(same), cached=5.0), replace(older(same), cached=6.0))
    assert whole.cached == 11.0
    assert made.notes == ("Compared with Keras 2.21.0.",)


@pytest.mark.parametrize(
    "before",
    [
        older(verdict=Verdict.INCOMPLETE),
        older(finding("undefined-name", 1, consequences=(3,))),
        older(finding("unknown-argument", 3)),
        replace(older(), coverage=Coverage(9, 0, 0)),
    ],
    ids=["incomplete", "a consequence of another fault", "another fault of the line", "nothing ran"],
)
def test_an_older_run_that_did_not_get_there_says_nothing(before: Review) -> None:
    (found,) = compared(review(finding("removed-module", 3)), before).findings
    assert found.attribution is None
    assert found.message == "removed-module here."


def test_what_only_the_older_one_shows_is_named_in_a_note() -> None:
    made = compared(review(verdict=Verdict.CLEAN), older(finding("wrong-module", 2)))
    assert made.verdict is Verdict.CLEAN
    assert made.findings == ()
    assert made.notes == ("Compared with Keras 2.21.0, which alone shows line 2 wrong-module.",)


@pytest.mark.slow
def test_the_classic_freezing_idiom_has_been_broken_since_keras_2() -> None:
    made = review_text(CLASSIC, "classic.py", Options(against=2), kind="script")
    (found,) = [one for one in made.findings if one.rule == "discriminator-never-updated"]
    assert found.attribution is Attribution.BROKEN_SINCE
    assert "under Keras 3." in found.message
    assert ": it has been broken since." in found.message
