"""Every rule fires on the Example of its own page and is silent on its Read-instead."""

from __future__ import annotations

import re
from functools import cache

import pytest

from harness.listing import read_listing
from harness.model import Article, Budget, Finding, Sandbox, Severity
from harness.pipeline import Options, open_sandbox, review_text
from harness.rules import Rule, load
from harness.rules._evidence import Evidence
from harness.rules._judge import judge

_RULES = load()
#: Seconds of its own processor time that an example may take: one of them never ends.
_LONGEST = 20.0
# A second clause; what an exception says of itself is passed on without one.
_ADVICE = re.compile(r"[:;.] \S|\?$")


def article(rule: Rule, heading: str) -> tuple[str, str]:
    """The kind and text of the article under a heading of a rule's page."""
    section = rule.page.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    whole = re.search(r"^~~~~markdown\n(.*?)^~~~~$", section, flags=re.MULTILINE | re.DOTALL)
    if whole:
        return "markdown", whole[1]
    script = re.search(r"^```python\n(.*?)^```$", section, flags=re.MULTILINE | re.DOTALL)
    assert script, f"{rule.name}: no fence under {heading}"
    return "script", script[1]


@cache
def sandbox() -> Sandbox:
    return open_sandbox()


def findings(rule: Rule, heading: str) -> tuple[Finding, ...]:
    kind, text = article(rule, heading)
    if rule.needs == "source":
        listing = read_listing(Article("example", "0" * 64, text, kind))
        return judge(Evidence(listing), [each for each in _RULES if each.needs == "source"])
    # Many runs are about to be made: they begin in forks of a process that has the frameworks loaded.
    options = Options(Budget(busy_seconds=_LONGEST), reviews=len(_RULES))
    return review_text(text, "example", options, sandbox=sandbox(), kind=kind).findings


def cases() -> list[object]:
    """A source rule is judged at once, the others by a whole review."""
    return [
        pytest.param(rule, id=rule.name, marks=[] if rule.needs == "source" else [pytest.mark.slow])
        for rule in _RULES
    ]


@pytest.mark.parametrize("rule", cases())
def test_the_example_of_a_rule_makes_it_fire(rule: Rule) -> None:
    found = findings(rule, "Example")
    own = [finding for finding in found if finding.rule == rule.name]
    assert own, [f"{f.rule}: {f.message}" for f in found]
    # What is wrong is not enough: a reader must learn what to do, by a replacement or in words.
    silent = [f.message for f in own if f.fix is None and not _ADVICE.search(f.message)]
    assert rule.fallback or not silent


@pytest.mark.parametrize("rule", cases())
def test_what_to_read_instead_has_nothing_wrong_with_it(rule: Rule) -> None:
    found = findings(rule, "Read instead")
    wrong = [f for f in found if f.rule == rule.name or f.severity is not Severity.NOTE]
    assert not wrong, [f"{f.line}: {f.rule}: {f.message}" for f in wrong]
