"""Findings in notebooks: the cell as its editor counts it, and the line in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.pipeline import review_text


def notebook() -> dict[str, Any]:
    def code(*lines: str) -> dict[str, Any]:
        made: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
        return {**made, "source": list(lines)}

    prose = {"cell_type": "markdown", "metadata": {}, "source": ["# Said\n"]}
    cells = [prose, code("x = 1\n"), prose, code("y = 2\n", "print(x, = y)\n")]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


@pytest.mark.parametrize("indent", [1, None])
def test_a_finding_names_the_cell_and_the_line_in_it(indent: int | None) -> None:
    text = json.dumps(notebook(), indent=indent)
    review = review_text(text, "a.ipynb", kind="notebook")
    (found,) = [one for one in review.findings if one.rule == "syntax-error"]
    assert (found.evidence["cell"], found.evidence["cell_line"]) == (4, 2)
    # The line is one of the text that the review carries, also where that is not the file.
    assert "print(x, = y)" in review.article.text.split("\n")[found.line - 1]


def test_a_finding_elsewhere_names_none() -> None:
    review = review_text("```python\nprint(x, = y)\n```\n")
    assert "cell" not in review.findings[0].evidence
