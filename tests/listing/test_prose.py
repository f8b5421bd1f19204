"""Paragraphs: what a reader sees of the text around the code, and on which lines."""

from __future__ import annotations

import pytest

from harness.listing import read_listing
from harness.listing.prose import paragraphs
from harness.model import Article, Paragraph


def prose_of(text: str) -> list[tuple[str, int]]:
    """The paragraphs of a Markdown article, each with the line on which it begins."""
    listing = read_listing(Article("a.md", "0", text, "markdown"))
    return [(paragraph.text, paragraph.lines[0][1]) for paragraph in listing.prose]


def test_a_paragraph_is_one_line_that_knows_its_lines() -> None:
    (found,) = paragraphs("\n\nOne *two*\n  three `four\nfive` six  \nseven.\n", first=10)
    assert found == Paragraph(
        "One two three four five six seven.",
        ((0, 12), (8, 13), (23, 14), (28, 15)),
        ((14, 23),),
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("for **20** _epochs_", "for 20 epochs"),
        ("20 \\* 30 &amp; 40", "20 * 30 & 40"),
        ("see [the\npage](x 'a\nb') and\n![a picture](y) here", "see the page and  here"),
        ("[one][r] of us\n\n[r]: http://x", "one of us"),
        ("at <https://a.b/%41>\nhe <b>said</b> so", "at https://a.b/A he said so"),
    ],
)
def test_markup_is_not_shown(written: str, shown: str) -> None:
    (found,) = paragraphs(written)
    assert found.text == shown


def test_lines_are_known_behind_what_is_not_shown() -> None:
    (found,) = paragraphs("at <https://a.b/%41>\n[x](y 'a\nb') it\n`c\nc` end")
    assert [(found.text[start:].split()[0], line) for start, line in found.lines] == [
        ("at", 1),
        ("x", 2),
        ("it", 3),
        ("c", 4),
        ("end", 5),
    ]


def test_items_and_quotations_have_paragraphs_of_their_own() -> None:
    text = "A list:\n- one\n  and more\n- two\n\n  of it\n\n> said\nby her\n\n1. third\n"
    assert prose_of(text) == [
        ("A list:", 1),
        ("one and more", 2),
        ("two", 4),
        ("of it", 6),
        ("said by her", 8),
        ("third", 11),
    ]


def test_headings_tables_and_code_are_no_paragraphs() -> None:
    text = (
        "# Head\n\nHead\n----\n\n| a | b |\n|---|---|\n| c | d |\n\n<p>raw</p>\n\n    x = 1\n\n"
        "```text\nplain words\n```\nAfter.\n"
    )
    assert prose_of(text) == [("After.", 17)]


def test_prose_goes_on_where_a_fence_that_is_never_closed_ends() -> None:
    text = "Before.\n\n```python\nx = 1\n\nThis is what we do after all of it.\nAnd more.\n"
    assert prose_of(text) == [("Before.", 1), ("This is what we do after all of it. And more.", 6)]


def test_prose_around_code_in_a_list_is_found() -> None:
    text = "1. First:\n\n   ```python\n   x = 1\n   ```\n   then\n   this\n2. ```python\n   y = 2\n   ```\n"
    assert prose_of(text) == [("First:", 1), ("then this", 6)]


@pytest.mark.parametrize("text", ["[" * 20_000, "> " * 400 + "x", "- " * 400 + "x", "*a " * 5_000, "`" * 999])
def test_odd_text_is_borne(text: str) -> None:
    assert all(paragraph.lines[0][1] == 1 for paragraph in paragraphs(text))


def test_scripts_have_none() -> None:
    assert read_listing(Article("a.py", "0", '"""We train."""\nx = 1\n', "script")).prose == ()
