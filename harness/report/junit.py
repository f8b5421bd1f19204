"""For build servers: JUnit XML, a suite for each article and a test for each finding.

The form is the one that Jenkins, GitLab and GitHub's reporters read (testmoapp/junitxml describes it).
A finding from the level of ``--fail-on`` on is a failure; a lesser one is a test that passes, with the
finding as its output.  An article without findings is one test that passes; a review that came to no
verdict is an error, or skipped where nothing is to fail and only the run was incomplete.  A suite's time
is what this answer took; the property ``cached`` says where it is one of an earlier run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from harness.model import Finding, Review, Verdict
from harness.report._clean import clean, clean_lines
from harness.report._quote import quoted
from harness.report._reviews import NEVER, failing, from_cache, in_order

if TYPE_CHECKING:
    from harness.report import Page, Tool

_UNDECIDED = (Verdict.INCOMPLETE, Verdict.HARNESS_ERROR)


def render(reviews: Sequence[Review], tool: Tool, page: Page) -> str:
    """The reviews as one XML document."""
    root = ElementTree.Element("testsuites", name=f"{tool.name} {tool.version}")
    for review in reviews:
        root.append(_suite(review, page.fail_on))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", f"{sum(review.seconds for review in reviews):.3f}")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _suite(review: Review, fail_on: str) -> ElementTree.Element:
    found, fails = in_order(review), failing(fail_on)
    undecided = review.verdict in _UNDECIDED
    # The exit status says the same: a harness that could not do its work is never overlooked.
    skipped = review.verdict is Verdict.INCOMPLETE and fail_on == NEVER
    suite = ElementTree.Element(
        "testsuite",
        name=clean(review.article.path),
        tests=str(len(found) + (undecided or not found)),
        failures=str(sum(one.severity in fails for one in found)),
        errors=str(int(undecided and not skipped)),
        skipped=str(int(skipped)),
        time=f"{review.seconds:.3f}",
    )
    _properties(suite, review)
    for one in found:
        _finding(suite, review, one, fails=one.severity in fails)
    if undecided or not found:
        case = _case(suite, review, "review", 1)
        if undecided:
            reason = clean(review.reason or "no reason was given")
            if skipped:
                ElementTree.SubElement(case, "skipped", message=reason)
            else:
                ElementTree.SubElement(case, "error", type=review.verdict.value, message=reason)
    return suite


def _properties(suite: ElementTree.Element, review: Review) -> None:
    facts = {
        "verdict": review.verdict.value,
        "sha256": review.article.sha256,
        "confinement": review.confinement.backend if review.confinement else "nothing had to be run",
        **({"cached": took} if (took := from_cache(review)) else {}),
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


def _finding(suite: ElementTree.Element, review: Review, found: Finding, *, fails: bool) -> None:
    case = _case(suite, review, f"line {found.line}: {found.rule}", found.line)
    if fails:
        kind = f"{found.severity.value} {clean(found.rule)}"
        summary = clean_lines(found.message.strip())[0]
        told = ElementTree.SubElement(case, "failure", type=kind, message=summary)
    else:
        told = ElementTree.SubElement(case, "system-out")
    told.text = quoted(review.article.text, found, review.article.path)
