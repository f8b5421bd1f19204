"""What holds for every text, whatever it is."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.listing import read_listing
from harness.listing.lines import split_lines
from harness.model import Article, BlockKind

# Pieces that open, close, nest and break things, in Markdown and in Python.
PIECES = st.sampled_from(
    [
        *(
            "```",
            "```python\n",
            "~~~",
            "> ",
            "- ",
            "1. ",
            "    ",
            "\t",
            "\n",
            "\n\n",
            "<!--",
            "-->",
            "{code-cell}",
        ),
        *(
            "x = 1\n",
            "def f():\n",
            "    return x\n",
            "for i in x:\n",
            "if a\n",
            "else:\n",
            "try:\n",
            "except:\n",
        ),
        *(
            "class A:\n",
            "@d\n",
            "match x:\n",
            "case _:\n",
            "async def g():\n",
            "await x\n",
            "yield\n",
            "return\n",
        ),
        *(
            "import os\n",
            "from x import *\n",
            "from __future__ import annotations\n",
            "nonlocal q\n",
            "print 'a'\n",
        ),
        *(
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            '"""',
            "'''",
            "'",
            '"',
            "f'{",
            "\\\n",
            "\\",
            "#",
            "lambda:",
            "*",
            "=",
            "?\n",
        ),
        *(
            "!ls\n",
            "%%time\n",
            ">>> ",
            "... ",
            "\x0c",
            "\r",
            "\r\n",
            "\0",
            "\u2028",
            "\u00a0",
            "“",
            "\ufeff",
            "\ud800",
        ),
        *(
            "text and more words here\n",
            ":a: b\n",
            "# coding: latin-1\n",
            "0777",
            "1_",
            "pass;",
            "del (x\n",
            "é",
        ),
    ]
)
TEXTS = st.one_of(
    st.text(),
    st.lists(PIECES, max_size=40).map("".join),
    st.lists(PIECES, max_size=30).map(lambda pieces: "```python\n" + "".join(pieces)),
)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from(["markdown", "script"]))
def test_any_text_gives_a_listing_that_compiles_line_by_line(text: str, kind: str) -> None:
    listing = read_listing(Article("a", "", text, kind))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for statement in ast.parse(listing.text).body:
            compile(ast.Module([statement], []), "a", "exec", dont_inherit=True)
    printed, rows = split_lines(text), split_lines(listing.text)
    assert len(rows) <= len(printed) + 1  # one more where the last line ends with a backslash
    for number, row in enumerate(rows):
        code = row.strip()
        if code and code != "pass":
            assert code in printed[number] or code in printed[number].expandtabs(4)
    for place in listing.broken:
        assert 1 <= place.line <= place.end_line <= len(printed)
        assert not "".join(rows[place.line - 1 : place.end_line]).strip()
    for block in listing.blocks:
        assert block.line >= 1
        assert len(block.source.split("\n")) == block.end_line - block.line + 1


CONTAINERS = st.lists(st.sampled_from(["> ", "- ", "1. ", "* "]), max_size=4)
STATEMENTS = [
    "x{n} = {n}",
    "if True:\n    y{n} = [\n        {n},\n    ]",
    "s{n} = '''{n}\n  kept\n'''",
    "print({n})",
]


def _nested(containers: Sequence[str], lines: Sequence[str]) -> list[str]:
    """``lines`` as the content of these lists and quotes, outermost first."""
    nested = list(lines)
    for marker in reversed(containers):
        pad = marker if marker == "> " else " " * len(marker)
        nested = [(marker if n == 0 else pad) + line for n, line in enumerate(nested)]
    return nested


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            CONTAINERS, st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4), st.sampled_from("`~")
        ),
        max_size=5,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_code_in_lists_and_quotes_comes_back_on_its_lines(
    blocks: list[tuple[list[str], list[str], str]], end: str
) -> None:
    document: list[str] = []
    expected: dict[int, str] = {}
    for containers, statements, marker in blocks:
        document += ["Some prose between the blocks.", ""]
        code = "\n".join(s.format(n=n) for n, s in enumerate(statements)).split("\n")
        expected.update({len(document) + 2 + n: line for n, line in enumerate(code)})
        document += [*_nested(containers, [marker * 3 + "python", *code, marker * 3]), "", "<!-- -->", ""]
    listing = read_listing(Article("a.md", "", end.join(document), "markdown"))
    assert {n: row for n, row in enumerate(listing.text.split("\n"), 1) if row} == expected
    assert [block.kind for block in listing.blocks] == [BlockKind.PYTHON] * len(blocks)
    assert (listing.broken, listing.notices) == ((), ())
