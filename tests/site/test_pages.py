"""The pages as documents: complete, inert, and of themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from harness.model import Confinement, Severity
from harness.report import render, site
from tests.report.samples import FAULTY, TOOL
from tests.site.views import BARE, MOVED, SLY, SMALL, long

PAGES = site((SMALL, BARE, SLY), TOOL)


class Reader(HTMLParser):
    """Elements that were opened, their ids, and the addresses they name."""

    VOID = ("br", "img", "input", "meta", "hr")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[tuple[str, str]] = []
        self.referred: list[str] = []
        self.handlers: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href"):
                self.addresses.append((tag, value or ""))
            if name in ("aria-controls", "aria-labelledby"):
                self.referred.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_well_formed_and_loads_nothing(name: str) -> None:
    page = Reader(PAGES[name])
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert set(page.referred) <= set(page.ids)
    assert page.handlers == []
    assert (page.tags.count("script"), page.tags.count("style")) == (1, 1)
    for tag, address in page.addresses:
        if tag == "img":
            assert address.startswith("data:image/png;base64,")
        elif address.startswith("#"):
            assert address[1:] in page.ids
        else:
            assert tag == "a"
            assert address in PAGES or address == MOVED.source[1]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_hostile_text_is_text(name: str) -> None:
    page = PAGES[name]
    assert [line for line in page.split("\n") if not line.isprintable()] == []
    assert "<script>document" not in page
    assert "<img src=x" not in page
    assert "<b>bold" not in page


def test_the_same_views_give_the_same_pages() -> None:
    assert site((SMALL, BARE, SLY), TOOL) == PAGES


def test_an_erratum_tells_all_of_itself() -> None:
    page = PAGES["small.html"]
    card = page[page.index('<section id="e1"') :].split("</section>")[0]
    for words in (
        "E1, line 4, error: The module has moved",
        "<del>from keras.layers.core import Dense</del>",
        "<ins>from keras.layers import Dense</ins>",
        "<p>Keras 3 has one module for all layers.</p><p>The old one is gone.</p>",
        "Observed at line 4 (removed-module):<br>Keras 3 has no module keras.layers.core",
        "as printed up to here, a review shows the symptom at these lines: removed-module at line 4",
        "brought back into the corrected article, it is convicted",
        '<a href="https://keras.io/api/layers/" rel="noreferrer">Keras 3 API</a>',
        "Kind: api-drift. Worked before: Keras 3.0.",
    ):
        assert words in card


def test_a_finding_that_an_erratum_accounts_for_is_told_once() -> None:
    page = PAGES["small.html"]
    assert page.count('data-severity="') == 2 + len(FAULTY.findings) - 1
    assert "F1, line 1, note: unused-data" in page
    assert "removed-module</h3>" not in page


def test_every_hunk_of_the_corrected_article_names_its_errata() -> None:
    page = PAGES["small.html"]
    body = page[page.index('class="beside"') :]
    rows = re.findall(r'<tr class="(\w+)">(.*?)</tr>', body)
    kinds = [kind for kind, _ in rows]
    assert kinds.count("changed") == 2
    for n, kind in enumerate(kinds):
        if kind == "changed":
            assert kinds[n - 1] == "hunk"
    assert [re.findall(r'href="#(e\d)"', row) for kind, row in rows if kind == "hunk"] == [["e2"], ["e1"]]
    assert "from keras.layers<del>.core</del> import Dense" in body


def test_what_was_not_measured_says_so() -> None:
    page = PAGES["bare.html"]
    assert page.count("Not measured.") == 2
    assert "As printed</th>" not in page
    assert PAGES["index.html"].count("not measured") == 4
    assert "Not measured." not in PAGES["small.html"]


def test_a_value_that_is_not_finite_is_left_out_of_the_line_and_named() -> None:
    page = PAGES["small.html"]
    lines = re.findall(r'<polyline points="([^"]*)"', page)
    assert [len(points.split()) for points in lines[:2]] == [3, 2]
    assert "<td>nan</td>" in page


def test_lack_of_confinement_cannot_be_overlooked() -> None:
    bare = replace(BARE, review=replace(FAULTY, confinement=Confinement("none", *(6 * (False,)))))
    page = site((bare,), TOOL)["bare.html"]
    assert page.count("NOT CONFINED") == 2


def test_notes_outside_the_text_stand_at_its_end() -> None:
    far = replace(SMALL, errata=(replace(MOVED, lines=(99,)),), rows=())
    page = site((far,), TOOL)["small.html"]
    assert page.index('<section id="e1"') > page.index('id="L11"')


def test_several_articles_in_one_page_keep_their_names_apart() -> None:
    page = Reader(render("html", (FAULTY, FAULTY), TOOL))
    assert len(page.ids) == len(set(page.ids))
    assert {"a1-L4", "a2-L4"} <= set(page.ids)


def test_a_long_article_makes_a_page_of_bearable_size() -> None:
    page = site((long(),), TOOL)["long.html"]
    assert len(page) < 3_000_000
    assert page.count('data-severity="') == 60
    assert {severity.value for severity in Severity} == set(re.findall(r'data-severity="(\w+)"', page))
