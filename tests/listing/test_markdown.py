"""Code blocks of Markdown articles, as CommonMark sees them, on their article lines."""

from __future__ import annotations

import time

import pytest

from harness.listing import read_listing
from harness.model import Article, BlockKind, Listing


def listing_of(text: str) -> Listing:
    return read_listing(Article("article.md", "0" * 64, text, "markdown"))


def code_of(listing: Listing) -> dict[int, str]:
    """Article line -> its code, blank lines left out."""
    rows = enumerate(listing.text.split("\n"), 1)
    return {number: row for number, row in rows if row.strip()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("# T\n\n```python\nx = 1\n\ny = 2\n```\n", {4: "x = 1", 6: "y = 2"}, id="plain"),
        pytest.param("~~~py\nx = 1\n~~~\n", {2: "x = 1"}, id="tilde"),
        pytest.param(
            "`````python\ns = '''\n```\n'''\n`````\n", {2: "s = '''", 3: "```", 4: "'''"}, id="long"
        ),
        pytest.param("~~~python\n# ```\nx = 1\n~~~\n", {2: "# ```", 3: "x = 1"}, id="other marker inside"),
        pytest.param("1. a\n   ```python\n   x = 1\n   ```\n", {3: "x = 1"}, id="list"),
        pytest.param("> ```python\n> x = 1\n>\n> y = 2\n> ```\n", {2: "x = 1", 4: "y = 2"}, id="quote"),
        pytest.param("> - a\n>\n>   ```python\n>   x = 1\n>   ```\n", {4: "x = 1"}, id="list in quote"),
        pytest.param(
            "   ```python\n   if x:\n       y\n   ```\n", {2: "if x:", 3: "    y"}, id="indented fence"
        ),
        pytest.param(
            "text\n\n    import os\n\n    os.sep\n", {3: "import os", 5: "os.sep"}, id="indented code"
        ),
        pytest.param("- a\n\n\t```python\n\tx = 1\n\t```\n", {4: "x = 1"}, id="tabs"),
        pytest.param("<!--\n```python\nx = 1\n```\n-->\n", {}, id="comment"),
        pytest.param("A ```python x = 1``` in a line\n", {}, id="code span"),
        pytest.param("```\n```\n```python\nx = 1\n```\n", {4: "x = 1"}, id="empty block before"),
    ],
)
def test_statements_stand_on_their_article_lines(text: str, expected: dict[int, str]) -> None:
    assert code_of(listing_of(text)) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_counts_as_an_editor_counts_it(end: str) -> None:
    text = end.join(["\ufeffa", "", "```python", "x = 1\x0c", "y = 'a\u2028b\x0bc'", "z = 3", "```", ""])
    listing = listing_of(text)
    assert code_of(listing) == {4: "x = 1\x0c", 5: "y = 'a\u2028b\x0bc'", 6: "z = 3"}
    assert listing.broken == ()


def test_a_string_over_several_lines_keeps_its_content_inside_a_list() -> None:
    listing = listing_of("- a\n\n  ```python\n  s = '''\n    two\n\n  none'''\n  ```\n")
    namespace: dict[str, str] = {}
    exec(listing.text, namespace)  # noqa: S102 - the test's own constant text
    assert namespace["s"] == "\n  two\n\nnone"


def test_blocks_are_described() -> None:
    listing = listing_of("```bash\npip install keras\n```\n\n> ```python title=x\n> a = 1\n> b = 2\n> ```\n")
    first, second = listing.blocks
    assert (first.index, first.kind, first.language, first.line, first.end_line) == (
        *(1, BlockKind.SHELL, "bash", 2, 2),
    )
    assert (second.index, second.kind, second.language, second.line, second.end_line) == (
        *(2, BlockKind.PYTHON, "python", 6, 7),
    )
    assert second.source == "a = 1\nb = 2"


def test_a_fence_in_twelve_lists_is_found() -> None:
    text = "".join("  " * depth + "- a\n" for depth in range(12))
    pad = "  " * 12
    assert code_of(listing_of(f"{text}\n{pad}```python\n{pad}x = 1\n{pad}```\n")) == {15: "x = 1"}


@pytest.mark.parametrize("marker", ["> ", "- ", "1. "])
def test_nesting_beyond_the_limit_is_said_and_hides_nothing_else(marker: str) -> None:
    listing = listing_of(marker * 600 + "a\n\ntext\n\n```python\nx = 1\n```\n")
    assert code_of(listing) == {6: "x = 1"}
    assert [(notice.line, notice.rule) for notice in listing.notices] == [(1, "nested-too-deep")]


def test_an_unclosed_fence_is_said_and_runs_to_the_end() -> None:
    listing = listing_of("text\n\n```python\nx = 1\n\ny = 2\n")
    assert code_of(listing) == {4: "x = 1", 6: "y = 2"}
    assert [(notice.line, notice.rule) for notice in listing.notices] == [(3, "unclosed-fence")]


@pytest.mark.parametrize(
    "prose",
    [
        "Now the model is trained for ten epochs.",
        "**Conclusion:**",
        "1. First we do this",
        "> A quote of somebody",
        "Finally, it works:",
    ],
)
def test_code_of_an_unclosed_fence_ends_where_prose_begins(prose: str) -> None:
    listing = listing_of(f"```python\nimport os\n\nx = os.sep\n\n{prose}\n\nIt is good, isn't it?\n")
    assert code_of(listing) == {2: "import os", 4: "x = os.sep"}
    assert listing.broken == ()
    assert (listing.blocks[0].line, listing.blocks[0].end_line) == (2, 4)
    (notice,) = listing.notices
    assert notice.line == 1
    assert notice.message == (
        "This code fence is never closed, and its code is taken to end before line 6: close it there."
    )


def test_a_fence_opened_inside_an_unclosed_one_is_a_block_of_its_own() -> None:
    listing = listing_of("```python\nx = 1\n\nThen we go on:\n\n```python\ny = 2\n```\n\n```sh\nls\n```\n")
    assert code_of(listing) == {2: "x = 1", 7: "y = 2"}
    assert [block.kind for block in listing.blocks] == [BlockKind.PYTHON, BlockKind.PYTHON, BlockKind.SHELL]
    assert [(notice.line, notice.rule) for notice in listing.notices] == [(1, "unclosed-fence")]


def test_a_fence_inside_a_string_opens_nothing() -> None:
    listing = listing_of('```python\nprompt = """\n```python x\n"""\ny = 2\n```\n')
    assert code_of(listing) == {2: 'prompt = """', 3: "```python x", 4: '"""', 5: "y = 2"}
    assert listing.notices == ()


def test_an_open_bracket_does_not_reach_into_the_next_block() -> None:
    listing = listing_of("```python\nx = f(1,\n```\n\n```python\ny = 2\n```\n")
    assert code_of(listing) == {6: "y = 2"}
    assert [(place.line, place.end_line, place.block) for place in listing.broken] == [(2, 2, 1)]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("    def g(self):\n        return 2", {8: "    def g(self):", 9: "        return 2"}),
        ("  x = 3\n  y = 4", {8: "x = 3", 9: "y = 4"}),
    ],
    ids=["goes on with the class", "is indented as a whole"],
)
def test_an_indented_block_goes_on_or_stands_alone(second: str, expected: dict[int, str]) -> None:
    first = "class A:\n    def f(self):\n        return 1"
    listing = listing_of(
        f"```python\n{first}\n```\n\n```python\n\n{second}\n```\n".replace("\n\n```", "\n```")
    )
    assert {line: code for line, code in code_of(listing).items() if line > 6} == expected
    assert listing.broken == ()


def test_a_loop_whose_body_is_the_next_block_is_legal() -> None:
    listing = listing_of("```python\nfor i in range(3):\n```\nand\n```python\n    print(i)\n```\n")
    assert code_of(listing) == {2: "for i in range(3):", 6: "    print(i)"}
    assert listing.broken == ()


def test_directive_options_are_no_code() -> None:
    listing = listing_of("```{code-cell} ipython3\n:tags: [hide-input]\n\nx = 1\n```\n")
    assert code_of(listing) == {4: "x = 1"}
    assert listing.broken == ()


def test_a_late_future_import_breaks_nothing() -> None:
    text = "```python\nx = 1\n```\n```python\nfrom __future__ import annotations\n```\n"
    assert listing_of(text).broken == ()


def test_a_script_is_one_block() -> None:
    listing = read_listing(Article("a.py", "0" * 64, "# coding: latin-1\nx = 1\n\nreturn x\n", "script"))
    (block,) = listing.blocks
    assert (block.kind, block.line, block.end_line) == (BlockKind.PYTHON, 1, 4)
    assert listing.text == "\nx = 1\n"  # the listing is text: its encoding is no longer the script's
    assert [(place.line, place.message) for place in listing.broken] == [(4, "'return' outside function")]


def test_an_article_without_code_has_an_empty_listing() -> None:
    listing = listing_of("# Title\n\nOnly prose.\n")
    assert (listing.text, listing.blocks) == ("", ())


@pytest.mark.parametrize("text", ["```python\n" * 5_000, "> " * 20_000, "- [x](\n" * 5_000, "[" * 100_000])
def test_hostile_markup_is_read_in_reasonable_time(text: str) -> None:
    started = time.process_time()
    assert listing_of(text).text == ""
    assert time.process_time() - started < 10  # each takes under a second where nothing else runs
