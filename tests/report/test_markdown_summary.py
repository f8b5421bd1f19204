from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from harness.model import Confinement, Fix, Review
from harness.report import render
from tests.report.samples import ALL, FAULTY, HOSTILE, REMOVED, TOOL, article, review

OWN_TAGS = {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "br", "pre", "code"}


def rendered(*reviews: Review) -> str:
    """As GitHub would make HTML of it: tables, addresses that link themselves, raw HTML let through."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return str(parser.render(render("markdown", reviews, TOOL)))


def tags(page: str) -> set[str]:
    return set(re.findall(r"</?([a-z][a-z0-9]*)", page))


def test_every_kind_of_review(golden: Callable[[str, str], None]) -> None:
    golden("all.md", render("markdown", ALL, TOOL))


def test_answers_from_the_cache_are_counted() -> None:
    told = "1 of 2 reviews from the cache: run earlier, and nothing has changed."
    assert told in render("markdown", (FAULTY, replace(FAULTY, cached=4.0)), TOOL)
    assert "cache" not in render("markdown", (FAULTY, FAULTY), TOOL)


def test_hostile_text(golden: Callable[[str, str], None]) -> None:
    golden("hostile.md", render("markdown", (HOSTILE,), TOOL))


@pytest.mark.parametrize(
    "sly",
    [
        "<script>alert(1)</script>",
        "![x](https://example.invalid/x.png)",
        "[link](https://example.invalid)",
        "https://example.invalid www.example.invalid",
        "@someone #1 someone/repo#1",
        "| a | b |",
        "**bold** _it_ ~~gone~~ `code` &lt;b&gt; \\",
        "```\n# heading\n```",
        "<!-- hidden",
    ],
)
def test_text_of_an_article_is_text(sly: str) -> None:
    finding = replace(REMOVED, message=sly, fix=Fix(sly, sly))
    page = rendered(replace(review(finding, of=article(path=f"{sly}.md")), reason=sly))
    assert tags(page) <= OWN_TAGS
    for line in sly.split("\n"):
        assert line in html.unescape(page.replace("<!-- -->", ""))
    # Outside code GitHub makes links of addresses in the source, and of mentions in the finished page.
    source = render("markdown", (review(finding),), TOOL)
    assert not re.search(r"https?://|www\.", re.sub(r"(`{3,})diff.*?\1", "", source, flags=re.DOTALL))
    words = html.unescape(re.sub(r"<pre>.*?</pre>", "", rendered(review(finding)), flags=re.DOTALL))
    assert not re.search(r"@\w|#\d", words)


def test_findings_by_line_with_their_replacement() -> None:
    document = render("markdown", (FAULTY,), TOOL)
    assert "| docs/small.md | faulty | 2 | 1 | 1 | bubblewrap |" in document
    assert "```diff\n-from keras.layers.core import Dense\n+from keras.layers import Dense\n```" in document


def test_a_fix_with_fences_cannot_leave_its_own() -> None:
    document = render("markdown", (review(replace(REMOVED, fix=Fix("````", "a"))),), TOOL)
    assert "\n`````diff\n-````\n+a\n`````\n" in document


def test_lack_of_confinement_cannot_be_overlooked() -> None:
    bare = replace(FAULTY, confinement=Confinement("none", *(6 * (False,))))
    assert "**NOT CONFINED**" in render("markdown", (bare,), TOOL)
