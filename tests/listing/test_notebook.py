"""Notebooks: code cells on the lines of the .ipynb file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from harness.listing import ArticleError, read_article, read_listing
from harness.model import Article, BlockKind, Cell, Listing

v4 = nbformat.v4


def notebook(*cells: Any, **metadata: Any) -> Any:
    made = v4.new_notebook(metadata=metadata)
    made.cells = list(cells)
    return made


def listing_of(text: str) -> Listing:
    return read_listing(Article("a.ipynb", "", text, "notebook"))


def assert_on_own_lines(listing: Listing, text: str) -> None:
    """Every line of the listing is the content of the JSON string on that line of the file."""
    file_lines = text.split("\n")
    for number, row in enumerate(listing.text.split("\n"), 1):
        if row.strip():
            printed = json.loads(file_lines[number - 1].strip().removeprefix('"source": ').rstrip(","))
            assert printed.rstrip("\n") == row


def test_statements_stand_on_the_lines_of_the_file() -> None:
    text = nbformat.writes(
        notebook(
            v4.new_markdown_cell("# T\n\n```python\nnot_code = 1\n```"),
            v4.new_code_cell("import os\n\ns = '''a\nb'''\n"),
            v4.new_raw_cell("raw = 1"),
            v4.new_code_cell(""),
            v4.new_code_cell('print("x")'),
        )
    )
    listing = listing_of(text)
    code = [row for row in listing.text.split("\n") if row.strip()]
    assert code == ["import os", "s = '''a", "b'''", 'print("x")']
    assert_on_own_lines(listing, text)
    assert [block.index for block in listing.blocks] == [1, 2, 3]
    assert listing.notices == ()


def test_the_text_is_what_the_cells_say_on_the_lines_of_the_file() -> None:
    text = nbformat.writes(
        notebook(v4.new_markdown_cell('# "T"\n\nwords'), v4.new_code_cell('x = "a\\tb"\nprint(x)'))
    )
    listing = listing_of(text)
    rows = listing.article.text.split("\n")
    assert len(rows) == len(text.split("\n"))
    assert [row for row in rows if row] == ['# "T"', "words", 'x = "a\\tb"', "print(x)"]
    for cell, first in zip(listing.article.cells, ('# "T"', 'x = "a\\tb"'), strict=True):
        assert rows[cell.line - 1] == first
    assert [(cell.number, cell.end_line - cell.line + 1) for cell in listing.article.cells] == [
        (1, 3),
        (2, 2),
    ]
    assert json.loads(text.split("\n")[rows.index("print(x)")]) == "print(x)"


def test_old_formats_are_upgraded() -> None:
    v3 = nbformat.v3
    sheet = v3.new_worksheet(cells=[v3.new_code_cell("a = 1\nb = 2"), v3.new_code_cell("c = a")])
    text = v3.writes_json(v3.new_notebook(worksheets=[sheet]))
    listing = listing_of(text)
    assert [row for row in listing.text.split("\n") if row] == ["a = 1", "b = 2", "c = a"]
    assert_on_own_lines(listing, text)


def test_a_minified_notebook_counts_the_lines_of_its_code() -> None:
    cells = [v4.new_code_cell("a = 1\nb = = 2\n"), v4.new_markdown_cell("text"), v4.new_code_cell("c = 3")]
    listing = listing_of(json.dumps(notebook(*cells)))
    assert listing.text == "a = 1\n\nc = 3\n"
    assert listing.article.text == "a = 1\nb = = 2\nc = 3\n"
    assert listing.article.cells == (Cell(1, 1, 2), Cell(3, 3, 3))
    assert [place.line for place in listing.broken] == [2]
    assert [notice.rule for notice in listing.notices] == ["notebook-without-lines"]


def test_magics_and_automagics_are_left_out() -> None:
    text = nbformat.writes(notebook(v4.new_code_cell("%pip install x\npip install y\n!ls\nx = 1")))
    listing = listing_of(text)
    assert (listing.text.strip(), listing.broken) == ("x = 1", ())


def test_a_top_level_await_is_no_error_of_a_notebook() -> None:
    listing = listing_of(nbformat.writes(notebook(v4.new_code_cell("x = await f()\ny = 1"))))
    assert (listing.text.strip(), listing.broken) == ("y = 1", ())
    assert [notice.rule for notice in listing.notices] == ["top-level-await"]


def test_cells_that_are_not_run_as_python() -> None:
    skipped = v4.new_code_cell("x = 1", metadata={"tags": ["skip-execution"]})
    text = nbformat.writes(notebook(skipped, v4.new_code_cell("%%bash\nls")))
    assert [block.kind for block in listing_of(text).blocks] == [BlockKind.OTHER, BlockKind.SHELL]
    julia = notebook(
        v4.new_code_cell("x = 1"), kernelspec={"language": "julia", "name": "j", "display_name": "J"}
    )
    assert [block.kind for block in listing_of(nbformat.writes(julia)).blocks] == [BlockKind.OTHER]


def test_a_notebook_against_the_schema_is_read_and_said() -> None:
    made = notebook(v4.new_code_cell("x = 1"))
    del made.cells[0]["execution_count"]
    listing = listing_of(json.dumps(made, indent=1))
    assert listing.text.strip() == "x = 1"
    assert [notice.rule for notice in listing.notices] == ["invalid-notebook"]
    assert "execution_count" in listing.notices[0].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"cells": [\n  {]}', "broken JSON at line 2, column 4"),
        ("[1, 2]", "is JSON, but no notebook"),
        ("{}", "is JSON, but no notebook"),
        ("[" * 100_000, "nested too deeply"),
        ('{"cells": ' + "9" * 5000 + "}", "is no notebook"),
    ],
)
def test_what_is_no_notebook_is_refused_when_it_is_read(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(text)
    with pytest.raises(ArticleError, match=message) as caught:
        read_article(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        '{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        '{"cells": [3], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        '{"cells": [{"cell_type": "code"}], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        '{"cells": [{"cell_type": "code", "source": 3}], "nbformat": 4, "metadata": {}}',
        '{"cells": [], "nbformat": 99}',
        '{"cells": [], "nbformat": "4"}',
        '{"worksheets": [3], "nbformat": 3, "nbformat_minor": 0, "metadata": {}}',
        '{"cells": [{"cell_type": "code", "source": "x", "metadata": null}], "nbformat": 4}',
    ],
)
def test_a_notebook_of_the_wrong_shape_is_refused_with_one_line(text: str) -> None:
    with pytest.raises(ArticleError) as caught:
        listing_of(text)
    assert "\n" not in str(caught.value)
