"""Articles as tests, through pytest itself.  Most articles here have textual faults only: nothing is run."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from harness import pipeline
from harness.pipeline import reviewing
from harness.sandbox import SandboxUnavailable
from tests.plugin._articles import BROKEN, FINE, WARNED

pytest_plugins = ["pytester"]


def test_nothing_is_collected_unless_asked(here: pytest.Pytester) -> None:
    here.runpytest("docs").assert_outcomes()


def test_items_are_blocks_and_rule_groups(here: pytest.Pytester) -> None:
    done = here.runpytest("--errata", "--collect-only", "-q", "docs")
    done.stdout.fnmatch_lines(
        [
            "docs/broken.md::block-1",
            "docs/broken.md::block-2",
            "docs/broken.md::rules-source",
            "docs/broken.md::rules-trace",
            "docs/broken.md::rules-probe",
        ]
    )


@pytest.mark.parametrize("indent", [1, None])
def test_notebooks_are_quoted_as_their_cells_say(here: pytest.Pytester, indent: int | None) -> None:
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": ['"a" =\n'],
    }
    made = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (here.path / "docs/broken.ipynb").write_text(json.dumps(made, indent=indent))
    done = here.runpytest("--errata", "docs/broken.ipynb")
    done.assert_outcomes(failed=1, passed=3)
    done.stdout.fnmatch_lines(["docs/broken.ipynb:*: error syntax-error (cell 1, line 1)", '* | "a" ='])


def test_failures_point_at_article_lines(here: pytest.Pytester) -> None:
    done = here.runpytest("--errata", "docs", "-ra")
    done.assert_outcomes(failed=2, passed=3)
    done.stdout.fnmatch_lines(
        [
            "docs/broken.md:4: error syntax-error",
            "      4 | import",
            "docs/broken.md:10: error syntax-error",
            "      10 | x = = 1".replace("      ", "     ", 1),
            "FAILED docs/broken.md::block-1 - syntax-error: *",
        ]
    )
    assert "Traceback" not in done.stdout.str()
    assert "pytest_plugin.py" not in done.stdout.str()


@pytest.mark.parametrize(
    ("option", "outcomes"),
    [
        (["-k", "block-2"], {"failed": 1, "deselected": 4}),
        (["-k", "undefined-name"], {"passed": 1, "deselected": 4}),
        (["-x"], {"failed": 1}),
        (["docs/broken.md::rules-source"], {"passed": 1}),
    ],
)
def test_choosing_items(here: pytest.Pytester, option: list[str], outcomes: dict[str, int]) -> None:
    where = [] if "::" in option[-1] else ["docs"]
    here.runpytest("--errata", *option, *where).assert_outcomes(**outcomes)


def test_last_failed(here: pytest.Pytester) -> None:
    here.runpytest("--errata", "docs").assert_outcomes(failed=2, passed=3)
    here.runpytest("--errata", "--lf", "docs").assert_outcomes(failed=2)


def test_junit_xml(here: pytest.Pytester) -> None:
    here.runpytest("--errata", "docs", "--junit-xml=out.xml", "-o", "junit_family=xunit1")
    cases = list(ElementTree.parse(here.path / "out.xml").iter("testcase"))
    failed = [
        (case.get("file"), case.get("line"), case.get("name"))
        for case in cases
        if case.find("failure") is not None
    ]
    # JUnit XML of pytest counts lines from 0, as for functions.
    assert failed == [("docs/broken.md", "3", "block-1"), ("docs/broken.md", "9", "block-2")]
    failure = cases[0].find("failure")
    assert failure is not None
    assert "docs/broken.md:4: error syntax-error" in (failure.text or "")


@pytest.mark.slow
def test_xdist(here: pytest.Pytester) -> None:
    done = here.runpytest_subprocess("--errata", "docs", "-n", "1", "--dist", "loadfile")
    done.assert_outcomes(failed=2, passed=3)
    done.stdout.fnmatch_lines(["docs/broken.md:4: error syntax-error"])


def test_an_article_is_reviewed_once(here: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = pipeline.review_with_trace

    def counting(article: object, options: object) -> object:
        made.append(str(article))
        return real(article, options)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "review_with_trace", counting)
    here.runpytest_inprocess("--errata", "docs").assert_outcomes(failed=2, passed=3)
    assert len(made) == 1


# --- options ---------------------------------------------------------------------------------------


def test_the_ini_option_collects_without_the_flag(here: pytest.Pytester) -> None:
    here.makeini("[pytest]\nerrata_articles = docs/b*.md")
    (here.path / "docs/other.md").write_text(BROKEN)
    here.runpytest().assert_outcomes(failed=2, passed=3)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("errata_fail_on = fatal", "errata_fail_on is 'fatal', expected one of error, warning, note"),
        ("errata_updates = many", "errata_updates is 'many', expected a whole number from 1 on"),
        ("errata_seconds = 0", "errata_seconds is '0', expected a whole number from 1 on"),
    ],
)
def test_wrong_settings_are_refused(here: pytest.Pytester, setting: str, message: str) -> None:
    here.makeini(f"[pytest]\n{setting}")
    done = here.runpytest("--errata", "docs")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"ERROR: {message}"])


def test_files_without_python_are_no_articles(here: pytest.Pytester) -> None:
    (here.path / "docs/broken.md").write_text("# Prose\n\n```sh\nls\n```\n")
    here.runpytest("--errata", "docs").assert_outcomes()


def test_an_unreadable_article_is_an_error_in_one_line(here: pytest.Pytester) -> None:
    (here.path / "docs/broken.md").write_bytes(b"\xff\xfe\x00")
    done = here.runpytest("--errata", "docs")
    done.assert_outcomes(errors=1)
    assert "Traceback" not in done.stdout.str()


# --- with a run ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_xdist_that_spreads_the_items_of_an_article(here: pytest.Pytester) -> None:
    (here.path / "docs/warned.md").write_text(WARNED)
    done = here.runpytest_subprocess("--errata", "docs/warned.md", "-n", "2", "--dist", "load")
    done.assert_outcomes(failed=1, passed=3)


@pytest.mark.parametrize(("setting", "failed"), [("true", 0), ("false", 4)])
def test_what_was_run_before_is_not_run_again(
    here: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, setting: str, failed: int
) -> None:
    (here.path / "docs/broken.md").write_text(FINE)
    here.makeini(f"[pytest]\nerrata_cache = {setting}")
    here.runpytest_inprocess("--errata", "docs").assert_outcomes(passed=4)

    def refuse(*arguments: object, **options: object) -> object:
        raise SandboxUnavailable("it was run again")

    monkeypatch.setattr(reviewing, "execute", refuse)
    here.runpytest_inprocess("--errata", "docs").assert_outcomes(passed=4 - failed, failed=failed)


def test_a_run_that_is_fine_and_one_that_is_not(here: pytest.Pytester) -> None:
    (here.path / "docs/broken.md").write_text(FINE)
    (here.path / "docs/warned.md").write_text(WARNED)
    here.makeini("[pytest]\nerrata_seconds = 30")
    done = here.runpytest("--errata", "docs", "-rP")
    done.assert_outcomes(passed=7, failed=1)
    done.stdout.fnmatch_lines(
        ["docs/warned.md:5: error undefined-name", "*docs/warned.md:4: note unused-import"]
    )


def test_without_a_sandbox_nothing_passes(here: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(article: object, options: object) -> object:
        raise SandboxUnavailable("install bubblewrap")

    monkeypatch.setattr(pipeline, "review_with_trace", unavailable)
    done = here.runpytest_inprocess("--errata", "docs")
    done.assert_outcomes(failed=5)
    done.stdout.fnmatch_lines(["install bubblewrap"])
