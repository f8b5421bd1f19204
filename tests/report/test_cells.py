"""A finding in a notebook names its cell in every format that people read, and in JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from harness.model import Cell, Coverage, UpdateRow
from harness.report import Page, quoted, render
from tests.report.samples import MISSING, TOOL, article, review

IN_A_CELL = replace(MISSING, evidence={"name": "Adam", "cell": 3, "cell_line": 2})
WHERE = "cell 3, line 2"


@pytest.mark.parametrize("name", ["text", "html", "markdown", "github", "junit", "sarif"])
def test_the_cell_is_named(name: str) -> None:
    assert WHERE in render(name, (review(IN_A_CELL, of=article(path="docs/small.ipynb")),), TOOL)
    assert not re.search(r"cell \d", render(name, (review(MISSING),), TOOL))


def test_lines_that_cannot_run_name_theirs() -> None:
    cells = (Cell(3, 8, 9), Cell(5, 10, 11))
    of = replace(article(path="docs/small.ipynb"), kind="notebook", cells=cells)
    found = replace(IN_A_CELL, line=4, end_line=4, consequences=(9, 10), fix=None)
    assert "(cell 3, line 2; cell 5, line 1):" in render("text", (review(found, of=of),), TOOL)
    assert "these lines cannot run: 9 (cell 3, line 2), 10 (cell 5, line 1)." in render(
        "html", (review(found, of=of),), TOOL
    )
    (result,) = json.loads(render("sarif", (review(found, of=of),), TOOL))["runs"][0]["results"]
    related = [place["logicalLocations"][0]["fullyQualifiedName"] for place in result["relatedLocations"]]
    assert related == ["cell 3, line 2", "cell 5, line 1"]


def test_lines_that_did_not_run_name_theirs() -> None:
    of = replace(article(), kind="notebook", cells=(Cell(3, 8, 9), Cell(5, 10, 11)))
    missed = replace(review(of=of), coverage=Coverage(7, 5, 12, (8, 9, 11)))
    assert "not run  lines 8-9, 11 (cell 3, lines 1-2; cell 5, line 2)" in render("text", (missed,), TOOL)


def test_a_page_shows_the_cells_and_not_what_stands_around_them() -> None:
    of = replace(article("\n\nx = 1\n\n\ny = 2\n\n"), kind="notebook", cells=(Cell(1, 3, 3), Cell(4, 6, 6)))
    page = render("html", (review(of=of),), TOOL)
    assert re.findall(r">(cell \d)<", page) == ["cell 1", "cell 4"]
    assert re.findall(r'class="no">(\d+)<', page) == ["3", "6"]


def test_the_update_table_names_them() -> None:
    row = UpdateRow(9, "fit", "net", 1, 1, None, (), (), (), (), (), ())
    of = replace(article(), kind="notebook", cells=(Cell(3, 8, 9),))
    made = (replace(review(of=of), table=(row,)),)
    assert "line 9  (cell 3, line 2) net.fit: 1 call" in render("text", made, TOOL, Page(trace=True))
    assert "cell 3, line 2" in render("html", made, TOOL, Page(trace=True))


def test_sarif_has_no_replacement_for_json_that_holds_the_source() -> None:
    of = replace(article(), kind="notebook")
    (result,) = json.loads(render("sarif", (review(MISSING, of=of),), TOOL))["runs"][0]["results"]
    assert "fixes" not in result
    assert "\nRead: keras.optimizers.Adam(lr" in result["message"]["text"]


def test_json_has_it_as_evidence() -> None:
    (found,) = json.loads(render("json", (review(IN_A_CELL),), TOOL))["reviews"][0]["findings"]
    assert (found["evidence"]["cell"], found["evidence"]["cell_line"]) == (3, 2)


def test_pytest_and_junit_quote_it() -> None:
    assert quoted("x", IN_A_CELL, "a.ipynb").startswith(f"a.ipynb:9: error missing-import ({WHERE})")


def test_evidence_of_another_kind_is_no_place() -> None:
    odd = replace(MISSING, evidence={"cell": "<b>", "cell_line": None})
    assert "line 9: error missing-import" in render("text", (review(odd),), TOOL)
