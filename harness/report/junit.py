"""For build servers: JUnit XML, a suite for each article and a failure for each finding.

The form is the one that Jenkins, GitLab and GitHub's reporters read (testmoapp/junitxml describes it).
An article without findings is one test that passes; a review that came to no verdict is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from harness.model import Finding, Review, Verdict
from harness.report._clean import clean, clean_lines
from harness.report._quote import quoted
from harness.report._reviews import in_order

if TYPE_CHECKING:
    from harness.report import Page, Tool

_UNDECIDED = (Verdict.INCOMPLETE, Verdict.HARNESS_ERROR)


def render(reviews: Sequence[Review], tool: Tool, page: Page) -> str:
    """The reviews as one XML document."""
    root = ElementTree.Element("testsuites", name=f"{tool.name} {tool.version}")
    for review in reviews:
        root.append(_suite(review))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", f"{sum(review.seconds for review in reviews):.3f}")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _suite(review: Review) -> ElementTree.Element:
    found = in_order(review)
    undecided = review.verdict in _UNDECIDED
    suite = ElementTree.Element(
        "testsuite",
        name=clean(review.article.path),
        tests=str(len(found) + (undecided or not found)),
        failures=str(len(found)),
        errors=str(int(undecided)),
        skipped="0",
        time=f"{review.seconds:.3f}",
    )
    _properties(suite, review)
    for one in found:
        _failure(suite, review, one)
    if undecided or not found:
        case = _case(suite, review, "review", 1)
        if undecided:
            reason = clean(review.reason or "no reason was given")
            ElementTree.SubElement(case, "error", type=review.verdict.value, message=reason)
    return suite


def _properties(suite: ElementTree.Element, review: Review) -> None:
    facts = {
        "verdict": review.verdict.value,
        "sha256": review.article.sha256,
        "confinement": review.confinement.backend if review.confinement else "nothing had to be run",
        **{key: value for key, value in review.environment.items() if value},
    }
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in facts.items():
        ElementTree.SubElement(properties, "property", name=clean(name), value=clean(value))


def _case(suite: ElementTree.Element, review: Review, name: str, line: int) -> ElementTree.Element:
    path = clean(review.article.path)
    return ElementTree.SubElement(
        suite, "testcase", classname=path, name=clean(name), file=path, line=str(line), time="0"
    )


def _failure(suite: ElementTree.Element, review: Review, found: Finding) -> None:
    case = _case(suite, review, f"line {found.line}: {found.rule}", found.line)
    kind = f"{found.severity.value} {clean(found.rule)}"
    summary = clean_lines(found.message.strip())[0]
    failure = ElementTree.SubElement(case, "failure", type=kind, message=summary)
    failure.text = quoted(review.article.text, found, review.article.path)
