"""Silence proves something only where everything ran."""

from __future__ import annotations

import pytest

from harness.model import Budget, Verdict
from harness.pipeline import Options, review_text

SHORT = Options(budget=Budget(busy_seconds=2.0))


def test_a_statement_left_for_want_of_time_makes_a_review_incomplete() -> None:
    review = review_text("print(0)\nprint(1)\nwhile True: pass\nprint(2)\n", "a.py", SHORT, kind="script")
    assert review.verdict is Verdict.INCOMPLETE
    assert review.reason is not None
    assert "line 3" in review.reason
    assert (review.coverage.statements, review.coverage.executed) == (4, 3)


@pytest.mark.parametrize("code", ["import os\nos._exit(0)\nx = 1\n", "import os\nos.abort()\nx = 1\n"])
def test_a_broken_off_run_counts_all_statements_and_is_never_clean(code: str) -> None:
    review = review_text(code, "a.py", kind="script")
    assert review.verdict is Verdict.INCOMPLETE
    assert (review.coverage.statements, review.coverage.executed) == (3, 1)
    assert [finding.line for finding in review.findings if finding.severity == "error"] == [2]


@pytest.mark.parametrize("status", ["", "3", "'no data'"])
def test_leaving_in_the_middle_is_a_fault_behind_which_the_run_goes_on(status: str) -> None:
    """The run reaches its end, so that its silence proves as much as that of any other."""
    review = review_text(f"import sys\nsys.exit({status})\nprint(unknown)\n", "a.py", kind="script")
    assert review.verdict is Verdict.FAULTY
    found = [(finding.rule, finding.line) for finding in review.findings if finding.severity == "error"]
    assert found == [("early-exit", 2), ("undefined-name", 3)]


@pytest.mark.parametrize(
    ("needs", "rule"),
    [
        ("import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/digits')", "needs-network"),
        ("import numpy\nnumpy.loadtxt('measured.csv')", "needs-file"),
        ("import sys\nname = input(sys.argv[0])", "needs-input"),
        ("import sys\nrounds = int(sys.argv[1])", "needs-input"),
    ],
)
def test_what_is_not_there_to_be_run_is_no_fault_and_no_clean_run_either(needs: str, rule: str) -> None:
    review = review_text(f"{needs}\nprint(1)\n", "a.py", kind="script")
    assert [(finding.rule, finding.severity) for finding in review.findings] == [(rule, "note")]
    assert review.verdict is Verdict.INCOMPLETE
    assert review.reason == "the statement at line 2 could not run, so what depends on it was not seen"
    assert (review.coverage.statements, review.coverage.executed) == (3, 2)


def test_arguments_that_a_program_asks_for_are_no_early_exit() -> None:
    text = (
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--data', required=True)\n"
        "given = parser.parse_args()\nprint(given.data)\n"
    )
    review = review_text(text, "a.py", kind="script")
    assert [(finding.rule, finding.severity) for finding in review.findings] == [("needs-input", "note")]
    assert review.verdict is Verdict.INCOMPLETE


def test_a_package_that_is_not_there_and_that_nothing_uses_leaves_nothing_unseen() -> None:
    review = review_text("import gdown\nprint(1)\n", "a.py", kind="script")
    assert [(finding.rule, finding.severity) for finding in review.findings] == [("unused-import", "note")]
    assert review.verdict is Verdict.CLEAN
    used = review_text("import gdown\ngdown.download('x')\n", "a.py", kind="script")
    assert used.verdict is Verdict.INCOMPLETE
