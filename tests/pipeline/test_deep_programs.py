"""Programs that Python takes and that are nested more deeply than its limit of recursion likes."""

from __future__ import annotations

import ast
import sys

import pytest

from harness.depth import depth, room_for
from harness.model import Verdict
from harness.pipeline import Options, review_text

SUM = "a = 1\ntotal = " + " + ".join(["a"] * 900) + "\nprint(total)\n"
CHOICE = "x = 5\nif x == 0:\n    y = 0\n" + "".join(f"elif x == {n}:\n    y = {n}\n" for n in range(1, 600))


@pytest.mark.parametrize("text", [SUM, CHOICE + "print(y)\n"], ids=["sum", "elif"])
def test_what_python_runs_is_reviewed(text: str) -> None:
    before = sys.getrecursionlimit()
    assert depth(ast.parse(text)) > 500
    review = review_text(text, "deep.py", Options(reviews=99), kind="script")
    assert review.verdict is Verdict.CLEAN, review.reason
    assert review.coverage.executed == review.coverage.statements
    assert sys.getrecursionlimit() == before


def test_room_is_made_for_deep_trees_alone_and_given_back() -> None:
    before = sys.getrecursionlimit()
    with room_for(ast.parse("x = [1]")):
        assert sys.getrecursionlimit() == before
    with pytest.raises(ZeroDivisionError), room_for(ast.parse(SUM)):
        sys.getrecursionlimit() // (sys.getrecursionlimit() <= before + 900)
    assert sys.getrecursionlimit() == before
    assert depth(ast.parse("")) == 1
    assert depth(ast.parse("x")) == 4  # module, expression, name, its context
