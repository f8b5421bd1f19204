"""Faults that are declared beside an article, or kept as its errata, fail nothing; all else does."""

from __future__ import annotations

import pytest

from tests.plugin._articles import BROKEN, expect

pytest_plugins = ["pytester"]


def test_expected_faults_fail_nothing(here: pytest.Pytester) -> None:
    expect(here, '[[expected]]\nrule = "syntax-error"\nlines = "4"\n[[expected]]\nrule = "syntax-error"\n')
    here.runpytest("--errata", "docs").assert_outcomes(passed=7)


def test_only_the_declared_place_is_excused(here: pytest.Pytester) -> None:
    expect(here, '[[expected]]\nrule = "syntax-error"\nlines = "4"\n')
    done = here.runpytest("--errata", "docs")
    done.assert_outcomes(failed=1, passed=5)
    done.stdout.fnmatch_lines(["docs/broken.md:10: error syntax-error"])


def test_an_expected_fault_that_does_not_occur_is_a_failure(here: pytest.Pytester) -> None:
    expect(here, '[[expected]]\nrule = "removed-module"\nlines = "4"\n[[expected]]\nrule = "syntax-error"\n')
    done = here.runpytest("--errata", "docs", "-ra")
    done.assert_outcomes(failed=1, passed=6)
    done.stdout.fnmatch_lines(
        [
            "removed-module was expected at article line 4 and did not occur",
            "found: syntax-error at line 4, syntax-error at line 10",
            "declared in broken.md.errata-expected.toml: entry 1: remove it if the fault is gone",
            "FAILED docs/broken.md::expected-1-removed-module - removed-module was *",
        ]
    )


def test_a_message_narrows_what_is_expected(here: pytest.Pytester) -> None:
    expect(here, '[[expected]]\nrule = "syntax-error"\nmessage = "no such words"\n')
    here.runpytest("--errata", "docs").assert_outcomes(failed=3, passed=3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "found [[]'x'], expected [[][[]expected]] entries and nothing else"),
        ("[[expected]]\nlines = '4'", "entry 1: it names no rule"),
        (
            "[[expected]]\nrule = 'a'\nlinse = '4'",
            "entry 1: linse = '4'; expected texts for rule, lines, message",
        ),
        ("[[expected]]\nrule = 'a'\nlines = '4-1'", "entry 1: lines '4-1', expected article lines"),
        ("[[expected]]\nrule = 'a'\nmessage = '('", "entry 1: message is no regular expression"),
        ("[[expected", "it is not TOML"),
    ],
)
def test_a_wrong_sidecar_is_told(here: pytest.Pytester, text: str, message: str) -> None:
    expect(here, text)
    done = here.runpytest("--errata", "docs")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines([f"*broken.md.errata-expected.toml: {message}*"])


def test_articles_under_care_have_their_errata(here: pytest.Pytester) -> None:
    """Only the first erratum must show in the article as printed; the others may hide behind it."""
    folder = here.path / "articles/small"
    folder.mkdir(parents=True)
    (folder / "article.md").write_text(BROKEN)
    erratum = """[[erratum]]
id = "{id}"
title = "t"
kind = "crash"
severity = "error"
lines = "{line}"
for = "{id}"
read = "b"
why = "w"
symptom = {{ rule = "{rule}" }}
works_before = "never"
source = {{ title = "t", url = "https://docs.python.org" }}
"""
    entries = [("one", 4, "syntax-error"), ("two", 10, "syntax-error"), ("three", 10, "removed-module")]
    (folder / "errata.toml").write_text(
        "\n".join(erratum.format(id=name, line=line, rule=rule) for name, line, rule in entries)
    )
    done = here.runpytest("--errata", "articles", "-rs")
    done.assert_outcomes(passed=7, skipped=1)
    done.stdout.fnmatch_lines(["SKIPPED*removed-module was expected at article line 10*earlier erratum*"])
