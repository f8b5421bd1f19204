from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from harness.model import Verdict
from harness.report import Page, render
from tests.report.samples import ALL, CLEAN, FAULTY, HOSTILE, INCOMPLETE, TOOL, UNSAFE, review


def test_every_kind_of_review(golden: Callable[[str, str], None]) -> None:
    golden("all.junit.xml", render("junit", ALL, TOOL))


def test_hostile_text(golden: Callable[[str, str], None]) -> None:
    golden("hostile.junit.xml", render("junit", (HOSTILE,), TOOL))


def test_each_finding_is_a_test_at_its_line() -> None:
    root = ElementTree.fromstring(render("junit", (FAULTY,), TOOL))
    cases = [(case.get("file"), case.get("line"), case.get("name")) for case in root.iter("testcase")]
    assert cases == [
        ("docs/small.md", "1", "line 1: unused-data"),
        ("docs/small.md", "4", "line 4: removed-module"),
        ("docs/small.md", "9", "line 9: missing-import"),
        ("docs/small.md", "9", "line 9: removed-argument"),
    ]
    failures = [failure.get("type") for failure in root.iter("failure")]
    assert failures == ["error removed-module", "error missing-import", "warning removed-argument"]
    text = root.findtext(".//testcase[@line='4']/failure") or ""
    assert text.startswith("docs/small.md:4: error removed-module\n")
    assert "read | from keras.layers import Dense" in text


def test_an_answer_from_the_cache_says_so_and_what_the_run_took() -> None:
    kept, made = ElementTree.fromstring(
        render("junit", (replace(FAULTY, seconds=0.004, cached=11.6), FAULTY), TOOL)
    )
    cached = [suite.find("properties/property[@name='cached']") for suite in (kept, made)]
    assert [None if one is None else one.get("value") for one in cached] == [
        "from the cache: it took 11.6 s",
        None,
    ]
    assert [suite.get("time") for suite in (kept, made)] == ["0.004", "4.250"]


def test_counts_agree() -> None:
    root = ElementTree.fromstring(render("junit", ALL, TOOL))
    for suite in root:
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors", "")) == len(suite.findall("testcase/error"))
    assert root.get("tests") == str(len(list(root.iter("testcase"))))


def test_silence_passes_only_where_there_is_a_verdict() -> None:
    clean, incomplete = ElementTree.fromstring(render("junit", (CLEAN, INCOMPLETE), TOOL))
    assert (clean.get("tests"), clean.get("failures"), clean.get("errors")) == ("1", "0", "0")
    assert (incomplete.get("tests"), incomplete.get("errors")) == ("1", "1")
    error = incomplete.find("testcase/error")
    assert error is not None
    assert error.get("message") == "the program ended before its last statement"


def test_an_incomplete_review_with_findings_is_an_error_as_well() -> None:
    both = review(*FAULTY.findings, verdict=Verdict.INCOMPLETE)
    (suite,) = ElementTree.fromstring(render("junit", (both,), TOOL))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("5", "3", "1")


@pytest.mark.parametrize(
    ("fail_on", "failures"), [("note", "4"), ("warning", "3"), ("error", "2"), ("never", "0")]
)
def test_what_fails_is_what_the_caller_says(fail_on: str, failures: str) -> None:
    root = ElementTree.fromstring(render("junit", (FAULTY,), TOOL, Page(fail_on=fail_on)))
    assert (root.get("tests"), root.get("failures")) == ("4", failures)
    assert len(list(root.iter("failure"))) == int(failures)
    # What does not fail is still told.
    assert len(list(root.iter("system-out"))) == 4 - int(failures)


def test_where_nothing_fails_only_the_harness_can() -> None:
    root = ElementTree.fromstring(render("junit", (INCOMPLETE, UNSAFE), TOOL, Page(fail_on="never")))
    assert (root.get("errors"), root.get("skipped")) == ("1", "1")
    assert [one.get("type") for one in root.iter("error")] == ["harness-error"]
