"""The corrected article beside the printed one: both whole, every change with its errata."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errata import Erratum, apply, load, parse
from harness.pipeline.alignment import aligned
from harness.report import Row

ARTICLES = sorted((Path(__file__).parent.parent.parent / "articles").glob("*/errata.toml"))


def errata(*edits: tuple[str, str, str]) -> tuple[Erratum, ...]:
    """Errata by their lines, ``for`` and ``read``."""
    entry = """[[erratum]]
id = "e{n}"
title = "t"
kind = "crash"
severity = "error"
lines = "{lines}"
for = {before}
read = {after}
why = "w"
symptom = {{ rule = "r" }}
works_before = "never"
source = {{ title = "t", url = "https://docs.python.org" }}
"""
    return parse(
        "\n".join(
            entry.format(n=n, lines=lines, before=json.dumps(before), after=json.dumps(after))
            for n, (lines, before, after) in enumerate(edits)
        )
    )


def owners(rows: tuple[Row, ...]) -> list[tuple[int | None, int | None, tuple[int, ...]]]:
    return [(row.left and row.left[0], row.right and row.right[0], row.errata) for row in rows if row.errata]


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.parent.name)
def test_articles_under_care(path: Path) -> None:
    text, kept = (path.parent / "article.md").read_text(encoding="utf-8"), load(path.parent)
    rows = aligned(text, kept)
    assert "\n".join(row.left[1] for row in rows if row.left) == text
    assert "\n".join(row.right[1] for row in rows if row.right) == apply(text, kept)
    for row in rows:
        assert row.errata or (row.left and row.right and row.left[1] == row.right[1])
    assert {index for row in rows for index in row.errata} == set(range(len(kept)))


def test_a_change_an_insertion_and_a_deletion() -> None:
    kept = errata(("2", "b", "B"), ("3", "c\n", "c\nnew\n"), ("5", "e\n", ""))
    assert owners(aligned("a\nb\nc\nd\ne\nf\n", kept)) == [(2, 2, (0,)), (None, 4, (1,)), (5, None, (2,))]


def test_an_erratum_upon_another_shares_its_hunk() -> None:
    kept = errata(("2", "b", "B1"), ("2", "B1", "B2"))
    rows = aligned("a\nb\nc", kept)
    assert owners(rows) == [(2, 2, (0, 1))]
    assert rows[1].right == (2, "B2")


def test_no_errata_no_change() -> None:
    assert owners(aligned("a\nb", ())) == []


def test_in_a_hunk_lines_that_are_alike_stand_side_by_side() -> None:
    kept = errata(("2", "model.add(Dense(10, input_dim=5))", "model.add(Input((5,)))\nmodel.add(Dense(10))"))
    rows = aligned("a\nmodel.add(Dense(10, input_dim=5))\nb", kept)
    assert owners(rows) == [(None, 2, (0,)), (2, 3, (0,))]


def test_a_hunk_of_strangers_is_paired_from_its_top() -> None:
    kept = errata(("1", "a b c\nd e f", "u\nv\nw"))
    assert owners(aligned("a b c\nd e f", kept)) == [(1, 1, (0,)), (2, 2, (0,)), (None, 3, (0,))]
