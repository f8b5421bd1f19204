"""Interactive sessions and IPython's own syntax."""

from __future__ import annotations

import pytest

from harness.listing import read_listing
from harness.model import Article, BlockKind, Listing


def listing_of(text: str) -> Listing:
    return read_listing(Article("article.md", "", text, "markdown"))


SESSION = ">>> a = 1\n>>> for i in range(2):\n...     print(i)\n...\n0\n1\n>>> b = 2"


@pytest.mark.parametrize("tag", ["", "python", "pycon"])
def test_what_was_typed_in_a_session_is_code(tag: str) -> None:
    listing = listing_of(f"```{tag}\n{SESSION}\n```\n")
    assert [block.kind for block in listing.blocks] == [BlockKind.REPL]
    assert listing.text == "\na = 1\nfor i in range(2):\n    print(i)\n\n\n\nb = 2\n"
    assert listing.broken == ()


def test_an_ipython_session_is_one_too() -> None:
    listing = listing_of(
        "```\nIn [1]: for i in range(2):\n   ...:     print(i)\n   ...:\n0\nOut[1]: 3\n```\n"
    )
    assert [block.kind for block in listing.blocks] == [BlockKind.REPL]
    assert listing.text == "\nfor i in range(2):\n    print(i)\n"


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "!pip install keras",
        "%%time",
        "model.summary?",
        "?model",
        "files = !ls *.png",
        "x = %pwd",
    ],
)
def test_magics_are_neither_code_nor_errors(line: str) -> None:
    listing = listing_of(f"```python\n{line}\nimport os\n```\n")
    assert listing.text == "\n\nimport os\n"
    assert listing.broken == ()


def test_a_command_over_several_lines_is_left_out_whole() -> None:
    listing = listing_of("```python\n!pip install a \\\n    b\nimport os\n```\n")
    assert (listing.text, listing.broken) == ("\n\n\nimport os\n", ())


def test_a_suite_that_is_only_a_command_stays_legal() -> None:
    listing = listing_of("```python\nif True:\n    !ls\n```\n")
    assert (listing.text, listing.broken) == ("\nif True:\n    pass\n", ())


def test_percent_and_question_mark_inside_code_are_left_alone() -> None:
    code = "x = (7\n% 3)\ns = '''\n!ls\nwhat?\n'''"
    listing = listing_of(f"```python\n{code}\n```\n")
    assert listing.text == f"\n{code}\n"


@pytest.mark.parametrize(
    ("magic", "kind"),
    [("%%bash", BlockKind.SHELL), ("%%writefile a.py", BlockKind.OTHER), ("%%time", BlockKind.PYTHON)],
)
def test_a_cell_magic_tells_the_language(magic: str, kind: BlockKind) -> None:
    assert listing_of(f"```python\n{magic}\nx = 1\n```\n").blocks[0].kind is kind
