"""Findings and verdicts decide the exit status of a review."""

from __future__ import annotations

import pytest

from harness.cli import main
from harness.model import Severity, Verdict
from tests.cli.conftest import Capture, Pipeline, finding


@pytest.mark.parametrize(
    ("severity", "arguments", "status"),
    [
        (Severity.ERROR, [], 1),
        (Severity.WARNING, [], 1),
        (Severity.NOTE, [], 0),
        (Severity.ERROR, ["--fail-on", "error"], 1),
        (Severity.WARNING, ["--fail-on", "error"], 0),
        (Severity.NOTE, ["--fail-on", "note"], 1),
        (Severity.ERROR, ["--fail-on", "never"], 0),
    ],
)
@pytest.mark.usefixtures("here")
def test_findings_decide_the_exit_status(
    pipeline: Pipeline, severity: Severity, arguments: list[str], status: int
) -> None:
    pipeline.findings = (finding(severity),)
    pipeline.verdict = Verdict.FAULTY
    assert main(["review", "one.md", *arguments]) == status


@pytest.mark.parametrize(("fail_on", "failures"), [("error", 0), ("warning", 1)])
@pytest.mark.usefixtures("here")
def test_junit_fails_where_the_exit_status_does(
    pipeline: Pipeline, capsys: Capture, fail_on: str, failures: int
) -> None:
    pipeline.findings = (finding(Severity.WARNING), finding(Severity.NOTE))
    pipeline.verdict = Verdict.FAULTY
    assert main(["review", "one.md", "--format", "junit", "--fail-on", fail_on]) == failures
    assert f'tests="2" failures="{failures}"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("verdict", "fail_on", "status"),
    [
        (Verdict.CLEAN, "note", 0),
        (Verdict.INCOMPLETE, "error", 1),
        (Verdict.INCOMPLETE, "never", 0),
        (Verdict.HARNESS_ERROR, "never", 3),
    ],
)
@pytest.mark.usefixtures("here")
def test_verdicts_decide_where_nothing_was_found(
    pipeline: Pipeline, verdict: Verdict, fail_on: str, status: int
) -> None:
    pipeline.verdict = verdict
    assert main(["review", "one.md", "--fail-on", fail_on]) == status
