"""A finding in a notebook names its cell in every format that people read, and in JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.report import quoted, render
from tests.report.samples import MISSING, TOOL, article, review

IN_A_CELL = replace(MISSING, evidence={"name": "Adam", "cell": 3, "cell_line": 2})
WHERE = "cell 3, line 2"


@pytest.mark.parametrize("name", ["text", "html", "markdown", "github", "junit", "sarif"])
def test_the_cell_is_named(name: str) -> None:
    assert WHERE in render(name, (review(IN_A_CELL, of=article(path="docs/small.ipynb")),), TOOL)
    assert "cell" not in render(name, (review(MISSING),), TOOL)


def test_json_has_it_as_evidence() -> None:
    (found,) = json.loads(render("json", (review(IN_A_CELL),), TOOL))["reviews"][0]["findings"]
    assert (found["evidence"]["cell"], found["evidence"]["cell_line"]) == (3, 2)


def test_pytest_and_junit_quote_it() -> None:
    assert quoted("x", IN_A_CELL, "a.ipynb").startswith(f"a.ipynb:9: error missing-import ({WHERE})")


def test_evidence_of_another_kind_is_no_place() -> None:
    odd = replace(MISSING, evidence={"cell": "<b>", "cell_line": None})
    assert "line 9: error missing-import" in render("text", (review(odd),), TOOL)
