"""The pages as documents: complete, inert, and of themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from harness.model import Confinement, MovedRow, Severity
from harness.report import Page, render, site
from tests.report.samples import CLEAN, FAULTY, TOOL
from tests.site.views import BARE, MOVED, SLY, SMALL, UPDATES, long

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


def test_a_page_says_of_an_answer_from_the_cache_that_nothing_was_run() -> None:
    kept = render("html", (replace(FAULTY, seconds=0.004, cached=11.6),), TOOL)
    assert "12 training updates, from the cache: it took 11.6 s" in kept
    assert "cache" not in render("html", (FAULTY,), TOOL)


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
        "from keras.layers<del>.core</del> import Dense</pre>",
        '<h4>Read</h4><pre tabindex="0">from keras.layers import Dense</pre>',
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


def words_of(page: str, element: str) -> list[str]:
    """What stands in the elements of a kind, without markup."""
    found = re.findall(rf"<{element}\b[^>]*>(.*?)</{element}>", page, re.DOTALL)
    return [re.sub("<[^>]+>", "", words).strip() for words in found]


def test_the_boxes_and_the_list_count_what_they_show() -> None:
    page = PAGES["small.html"]
    cards = re.findall(r'data-severity="(\w+)"', page)
    assert [cards.count(level) for level in ("error", "warning", "note")] == [2, 1, 2]
    assert words_of(page, "label")[:3] == ["2 errors", "1 warning", "2 notes"]
    assert words_of(page, "summary")[0] == "List: 2 errata, 3 other findings"
    assert len(words_of(page[page.index('class="list"') :].split("</details>")[0], "li")) == len(cards)
    # "Note" is the name of a severity, and of nothing else that is counted.
    assert "notes: " not in page
    both = render("html", (FAULTY, FAULTY), TOOL)
    assert words_of(both, "label")[:3] == ["4 errors", "2 warnings", "2 notes"]
    assert words_of(both, "summary") == ["List: 4 findings"] * 2


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


def table_rows(page: str, caption: str) -> list[list[str]]:
    """The cells of a table as text, a line for each line."""
    body = page[page.index(f"<caption>{caption}") :].split("</table>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", body)]
    return [[re.sub("<[^>]+>", "", cell.replace("<br>", "\n")) for cell in row] for row in cells]


def test_the_update_table_shows_who_moved_and_who_stood_still() -> None:
    head, first, second = table_rows(PAGES["small.html"], "Training calls")
    assert head[2:5] == ["critic", "maker", "both"]
    assert first[:5] == [
        "9", "critic.train_on_batch: 3 calls, 3 updates", "0.0123", "stood still", "only statistics, 0.5",
    ]  # fmt: skip
    assert first[5].split("\n") == [
        "fed 32x784 float32, -1 to 1, mnist.x_train",
        "towards 32x1 float32, all 1",
        "loss through critic",
    ]
    assert second[1].split("\n") == [
        "a tf.function: 1 call, 12 of the 600 updates that it asks for",
        "raised ValueError",
    ]
    assert second[2:5] == ["0.5", "not looked at", "not looked at"]
    assert second[5].split("\n") == [
        "a step trains maker: loss through maker, critic, by the order of calls",
        "· critic gets 32x784 float32, -1 to 1, mnist.x_train, pushed up",
    ]


def test_many_models_are_told_in_one_cell() -> None:
    moved = tuple(MovedRow(f"m{number}", float(number), 0.0) for number in range(8))
    row = replace(UPDATES[0], moved=moved)
    page = site((replace(SMALL, review=replace(FAULTY, table=(row,))),), TOOL)["small.html"]
    head, first = table_rows(page, "Training calls")
    assert head[2] == "moved"
    assert first[2].split("\n")[:2] == ["m0: stood still", "m1: 1"]


def test_the_page_for_passing_on_has_the_table_where_it_is_asked_for() -> None:
    review = replace(FAULTY, table=UPDATES)
    assert "critic.train_on_batch" in render("html", (review,), TOOL, Page(trace=True))
    assert "critic.train_on_batch" not in render("html", (review,), TOOL)


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


def test_several_articles_in_one_page_are_listed_with_what_they_came_to() -> None:
    page = render("html", (FAULTY, CLEAN), TOOL)
    (contents,) = words_of(page, "nav")
    assert contents == "docs/small.md faulty 2 errors, 1 warning, 1 notedocs/clean.md clean no finding"
    assert re.findall("<nav.*?</nav>", page)[0].count('href="#a') == 2
    assert words_of(render("html", (FAULTY,), TOOL), "nav") == []


def test_a_long_article_makes_a_page_of_bearable_size() -> None:
    page = site((long(),), TOOL)["long.html"]
    assert len(page) < 3_000_000
    assert page.count('data-severity="') == 60
    assert {severity.value for severity in Severity} == set(re.findall(r'data-severity="(\w+)"', page))
