from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from harness.model import Confinement, Fix, Review
from harness.report import render
from tests.report.samples import ALL, CONFINED, FAULTY, HOSTILE, MISSING, REMOVED, TOOL, article, review

TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
OWN_TAGS = {"h2", "h3", "p", "strong", "br", "pre", "code", "ul", "li", *TABLE}


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
    assert not re.search(r"https?://|www\.", re.sub(r"(`{3,}).*?\1", "", source, flags=re.DOTALL))
    words = html.unescape(re.sub(r"<(pre|code)>.*?</\1>", "", rendered(review(finding)), flags=re.DOTALL))
    assert not re.search(r"@\w|#\d", words)


def test_findings_by_line_with_their_replacement() -> None:
    document = render("markdown", (FAULTY,), TOOL)
    assert "| docs/small.md | faulty | 2 | 1 | 1 | bubblewrap |" in document
    assert "```diff\n-from keras.layers.core import Dense\n+from keras.layers import Dense\n```" in document


def test_the_lines_of_the_article_are_quoted_unless_their_replacement_shows_them() -> None:
    document = render("markdown", (FAULTY,), TOOL)
    first = (
        '    9 | model.compile(optimizer=Adam(lr=0.001), loss="categorical_crossentropy")\n   10 | history = '
    )
    assert f"```\n{first}" in document
    assert "verbose=0)\n   11 | model.summary()\n```\n\nAdam takes learning_rate" in document
    assert "**line 4: error** `removed-module`\n\nKeras 3 has no module" in document
    assert "Because of it lines 8, 10 cannot run." in document
    long = replace(REMOVED, line=1, end_line=9, fix=None)
    assert "    6 | \n  ... | 3 more lines\n```" in render("markdown", (review(long),), TOOL)
    outside = replace(REMOVED, line=99, end_line=99, fix=None)
    assert "**line 99: error** `removed-module`\n\nKeras 3" in render("markdown", (review(outside),), TOOL)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        *((line, line) for line in ("```", "````` x", "`` `` x", "</code></pre><script>", "~~~", "  <!--")),
        ("\x1b[31m\u202e x", "\\x1b[31m\\u202e x"),
        ("x" * 10**6, "x" * 500 + "..."),
    ],
)
def test_a_quoted_line_stays_inside_its_fence(line: str, shown: str) -> None:
    page = rendered(review(replace(REMOVED, line=1, end_line=1, fix=None), of=article(f"{line}\n")))
    (inside,) = re.findall(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)
    assert html.unescape(inside) == f"    1 | {shown}\n"
    assert tags(page) <= OWN_TAGS


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("use `relu`, not `selu`", "use <code>relu</code>, not <code>selu</code>"),
        ("`a``b` and `x*y*z`", "<code>a</code><!-- --><code>b</code> and <code>x*y*z</code>"),
        ("`<b>` `|` `\\`", "<code>&lt;b&gt;</code> <code>|</code> <code>\\</code>"),
        ("one ` alone, *x*", "one ` alone, *x*"),
        ("`` and ` `", "`` and ` `"),
        ("- no list", "- no list"),
        ("1. no list", "1. no list"),
        ("    no block\n\n# no heading", "no block<br>#<!-- --> no heading"),
        ("=====", "====="),
        ("> no quotation", "&gt; no quotation"),
        ("_no_ __emphasis__ a__b__ x_", "_no_ __emphasis__ a__b__ x_"),
        (":smile: &amp; &copy", ":smile: &amp;amp; &amp;copy"),
    ],
)
def test_a_message_reads_as_its_author_meant_it(message: str, shown: str) -> None:
    page = rendered(review(replace(REMOVED, message=message, fix=None, consequences=())))
    assert f"<p>{shown}</p>" in page


def test_words_that_cannot_mean_anything_are_left_as_they_are() -> None:
    said = "Adam takes learning_rate, not lr: R&D is a & b, [0, 1] -> {x}!"
    source = render("markdown", (review(replace(REMOVED, message=said)),), TOOL)
    assert said.replace("[", "&#91;") in source


def test_how_it_was_run_is_told_under_the_findings() -> None:
    weak = replace(FAULTY, confinement=replace(CONFINED, processes=False), notes=("Of `x` 5 rows.",))
    document = render("markdown", (weak,), TOOL)
    assert document.index("removed-argument") < document.index(
        "- ran: 5 of 7 statements, 12 training updates, in 4.2 s\n"
        "- not run: lines 4, 8-10\n"
        "- confinement NOT in force: own processes\n"
        "- remark: Of `x` 5 rows.\n"
    )


def test_a_replacement_of_a_part_shows_the_whole_line() -> None:
    kept = 'loss="categorical_crossentropy")\n'
    assert (
        "**line 9: error** `missing-import`\n\nAdam is used here and nothing imports it.\n\n```diff\n"
        f"-model.compile(optimizer=Adam(lr=0.001), {kept}"
        f"+model.compile(optimizer=keras.optimizers.Adam(lr=0.001), {kept}```\n"
    ) in render("markdown", (FAULTY,), TOOL)
    over = replace(MISSING, end_line=11)
    assert "=0.1, verbose=0)\n model.summary()\n```" in render("markdown", (review(over),), TOOL)
    # What is not just there, or more than once, is shown by itself under the lines.
    twice = replace(MISSING, fix=Fix("Adam", "adam"), line=9, end_line=9)
    of = article("\n" * 8 + "Adam(Adam)\n")
    told = f"```\n    9 | Adam(Adam)\n```\n\n{MISSING.message}\n\n```diff\n-Adam\n+adam\n```"
    assert told in render("markdown", (review(twice, of=of),), TOOL)
    gone = replace(MISSING, fix=Fix("Adam(Adam)", ""))
    assert "```diff\n-Adam(Adam)\n```" in render("markdown", (review(gone, of=of),), TOOL)


def test_a_line_to_add_is_offered_as_such() -> None:
    document = render("markdown", (review(replace(REMOVED, fix=Fix("", "import numpy as np"))),), TOOL)
    assert "```\n    4 | from keras.layers.core import Dense\n```\n" in document
    assert "Add:\n\n```diff\n+import numpy as np\n```\n" in document


def test_a_fix_with_fences_cannot_leave_its_own() -> None:
    document = render("markdown", (review(replace(REMOVED, fix=Fix("````", "a"))),), TOOL)
    assert "\n`````diff\n-````\n+a\n`````\n" in document


def test_lack_of_confinement_cannot_be_overlooked() -> None:
    bare = replace(FAULTY, confinement=Confinement("none", *(6 * (False,))))
    assert "**NOT CONFINED**" in render("markdown", (bare,), TOOL)
