"""Findings in notebooks: the cell as its editor counts it, and the line in it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from harness.listing import read_listing
from harness.model import Article, Budget, Coverage, Limits, LoopLeft
from harness.pipeline import Options, record, review_text
from harness.pipeline.notes import notes
from tests.rules._traces import trace

SHORT = Budget(busy_seconds=2.0, limits=replace(Limits(), wall_seconds=12.0))


def notebook(*lines: str) -> dict[str, Any]:
    """Four cells; ``lines`` are those of the second, which is code."""

    def code(*lines: str) -> dict[str, Any]:
        made: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
        return {**made, "source": list(lines)}

    prose = {"cell_type": "markdown", "metadata": {}, "source": ["# Said\n"]}
    cells = [prose, code(*lines or ["x = 1\n"]), prose, code("y = 2\n", "print(x, = y)\n")]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


@pytest.mark.parametrize("indent", [1, None])
def test_a_finding_names_the_cell_and_the_line_in_it(indent: int | None) -> None:
    text = json.dumps(notebook(), indent=indent)
    review = review_text(text, "a.ipynb", kind="notebook")
    (found,) = [one for one in review.findings if one.rule == "syntax-error"]
    assert (found.evidence["cell"], found.evidence["cell_line"]) == (4, 2)
    # The line is one of the text that the review carries, also where that is not the file.
    assert "print(x, = y)" in review.article.text.split("\n")[found.line - 1]


@pytest.mark.parametrize("indent", [1, None])
def test_what_is_told_of_a_run_names_the_cell(indent: int | None) -> None:
    listing = read_listing(Article("a.ipynb", "", json.dumps(notebook(), indent=indent), "notebook"))
    line = listing.article.text.split("\n").index("print(x, = y)") + 1
    left = LoopLeft(0, line, line, iterations=3, updates=9)
    told = notes(listing, trace(left), (), Coverage(2, 2, 9))[-1]
    assert told.startswith(f"The loop at line {line} (cell 4, line 2) was left after 3 iterations")


def test_training_that_did_not_run_is_named_with_its_cell() -> None:
    text = json.dumps(notebook("model.fit(x, = y)\n"), indent=1)
    listing = read_listing(Article("a.ipynb", "", text, "notebook"))
    (told, *_) = notes(listing, None, (), Coverage(2, 0, 0))
    line = listing.article.text.split("\n").index("model.fit(x, = y)") + 1
    assert f"`model.fit` (line {line}, cell 2, line 1)" in told


@pytest.mark.parametrize("indent", [1, None])
def test_the_reason_of_a_verdict_names_the_cell(indent: int | None) -> None:
    loop = ["import time\n", "while True:\n", "    time.sleep(0.01)\n"]
    review = review_text(
        json.dumps(notebook(*loop), indent=indent), "a.ipynb", Options(budget=SHORT), kind="notebook"
    )
    line = review.article.text.split("\n").index("while True:") + 1
    assert f"the statement at line {line} (cell 2, line 2) was left" in (review.reason or "")


def test_a_fix_is_what_the_cell_says_and_not_its_json() -> None:
    text = json.dumps(notebook('print("%s" % np.pi)\n'), indent=1)
    review = review_text(text, "a.ipynb", kind="notebook")
    (found,) = [one for one in review.findings if one.rule == "missing-import"]
    quoted = review.article.text.split("\n")[found.line - 1]
    assert quoted == 'print("%s" % np.pi)'


def test_a_kept_review_keeps_what_the_cells_say() -> None:
    text = json.dumps(notebook("x = 1\n"), indent=1)
    review = review_text(text, "a.ipynb", kind="notebook")
    again = record.read(record.of(review), Article("b.ipynb", review.article.sha256, text, "notebook"))
    assert again.article == replace(review.article, path="b.ipynb")
    assert review.article.cells


def test_a_finding_elsewhere_names_none() -> None:
    review = review_text("```python\nprint(x, = y)\n```\n")
    assert "cell" not in review.findings[0].evidence
