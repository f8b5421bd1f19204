from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.cells import cell_len

from harness.model import Confinement, Fix, MovedRow, Review, Severity, UpdateRow, Verdict
from harness.report import Page, render
from tests.report.samples import ALL, CONFINED, ENVIRONMENT, FAULTY, HOSTILE, REMOVED, TOOL, article, review

HINT = "errata explain RULE tells why a finding is wrong and what to write instead\n"


def text(*reviews: Review, width: int = 80, colour: bool = False) -> str:
    """As on a terminal of that width."""
    return render("text", reviews, TOOL, Page(width, width, colour))


def test_every_kind_of_review(golden: Callable[[str, str], None]) -> None:
    golden("all.txt", text(*ALL))


def test_narrow_terminal(golden: Callable[[str, str], None]) -> None:
    golden("narrow.txt", text(FAULTY, width=40))


def test_colour(golden: Callable[[str, str], None]) -> None:
    golden("colour.txt", text(FAULTY, width=100, colour=True))


def test_hostile_text(golden: Callable[[str, str], None]) -> None:
    golden("hostile.txt", text(HOSTILE, width=70))


@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_is_visible_and_inert(colour: bool) -> None:
    document = text(HOSTILE, colour=colour)
    ours = re.compile(r"\x1b\[[0-9;]*m")
    if colour:
        assert ours.search(document)
        document = ours.sub("", document)
    assert {unicodedata.category(character) for character in document} & {"Cc", "Cf", "Cs", "Zl", "Zp"} == {
        "Cc"
    }
    assert {character for character in document if unicodedata.category(character) == "Cc"} == {"\n"}
    assert r"\x1b[31mred\x1b]0;title\x07 \u202egnp.exe" in document
    assert "[bold]b[/bold]" in document


def test_colour_only_adds_colour() -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text(*ALL, colour=True))
    assert plain == text(*ALL)


def test_the_callers_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = text(*ALL)
    for name, value in {"FORCE_COLOR": "1", "COLUMNS": "50", "TERM": "dumb", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert text(*ALL) == expected


@pytest.mark.parametrize("width", [40, 60, 97, 120])
def test_only_what_is_there_to_be_copied_is_wider_than_the_page(width: int) -> None:
    long = replace(REMOVED, message="word " * 90 + "x" * 300, fix=Fix("a", "y" * 300))
    lines = text(review(long, of=article("一" * 300 + "\n" * 9)), width=width).splitlines()
    wide = [line for line in lines if cell_len(line) > width and not line[0].isalnum()]
    assert wide == ["     read | " + "y" * 300]


def test_lines_of_the_article_are_cut_at_the_edge_of_a_terminal_and_nowhere_else() -> None:
    of = article("x = '" + "a" * 300 + "'\n")
    faulty = review(replace(REMOVED, line=1, end_line=1, fix=None, consequences=()), of=of)

    def quoted(cut: int | None) -> str:
        document = render("text", (faulty,), TOOL, Page(width=80, cut=cut))
        return next(line for line in document.splitlines() if " | " in line)

    assert quoted(None).endswith("aaa'")
    assert len(quoted(200)) == 200
    assert quoted(200).endswith("aaa...")
    assert len(quoted(80)) == 80


def test_a_line_without_end_is_not_quoted_to_its_end() -> None:
    of = article("x" * 10**6)
    document = render("text", (review(replace(REMOVED, line=1, end_line=1), of=of),), TOOL)
    assert "xxx...\n" in document
    assert len(document) < 15_000


def test_an_answer_from_the_cache_says_so_and_what_the_run_took() -> None:
    kept = text(replace(FAULTY, seconds=0.004, cached=11.6), width=120)
    assert "5 of 7 statements, 12 training updates, from the cache: it took 11.6 s, 900 MiB" in kept
    assert "cache" not in text(FAULTY)


def test_cause_stands_before_its_consequences_and_they_are_not_findings() -> None:
    document = text(FAULTY)
    cause = document.index("from keras.layers.core import Dense")
    assert (
        cause
        < document.index("because of this 2 lines cannot run")
        < document.index("      8 | model.add(Dense")
    )
    assert "2 errors" in document.splitlines()[0]


def test_many_consequences_are_named_by_number() -> None:
    document = text(review(replace(REMOVED, consequences=(4, 5, 7, 8, 9, 10, 11))))
    assert "because of this 6 lines cannot run" in document  # line 4 is the cause itself
    assert "and 10, 11" in document


def test_a_long_statement_and_a_long_message_are_shortened() -> None:
    finding = replace(REMOVED, line=1, end_line=9, message="\n".join(f"line {n}" for n in range(20)))
    document = text(review(finding))
    assert "    ... | 3 more lines" in document
    assert "      line 11\n      ... 8 more lines" in document
    assert len(text(review(replace(REMOVED, message="x" * 10**6)))) < 6_000


def test_deleted_text_says_so() -> None:
    assert "     read | (nothing)" in text(review(replace(REMOVED, fix=Fix(REMOVED.message, ""))))


def test_a_line_to_add_is_offered_as_such() -> None:
    shown = text(review(replace(REMOVED, fix=Fix("", "import numpy as np"))))
    assert "      add | import numpy as np\n" in shown
    assert "(nothing)" not in shown


def test_a_line_outside_the_article_is_named_but_not_quoted() -> None:
    document = text(review(replace(REMOVED, line=99, end_line=99, fix=None, consequences=(0, 100))))
    assert "line 99: error removed-module\n      Keras 3 has no module" in document


def test_lines_are_counted_as_markdown_counts_them() -> None:
    # A form feed and U+2028 end a line for str.splitlines, but not in an article.
    of = article("a\x0cb\u2028c\r\nd\re\nfourth\n")
    assert "      4 | fourth" in text(review(replace(REMOVED, consequences=()), of=of))


def test_lack_of_confinement_cannot_be_overlooked() -> None:
    bare = replace(FAULTY, confinement=Confinement("none", *(6 * (False,))))
    assert "NOT CONFINED: the article's code ran with the rights of the caller" in text(bare)
    assert text(bare, FAULTY, bare).count("NOT CONFINED") == 2
    assert "NOT" not in text(replace(FAULTY, confinement=CONFINED))


def test_what_holds_for_all_articles_is_said_once_and_what_differs_beside_its_article() -> None:
    both = text(FAULTY, FAULTY, width=200)
    assert both.count("bubblewrap") == 1
    assert both.splitlines()[-3].startswith(
        "confined: bubblewrap: no network, nothing outside scratch written"
    )
    assert text(FAULTY).count("\n  confined bubblewrap: ") == 1
    other = replace(CONFINED, backend="landlock", processes=False)
    mixed = text(FAULTY, replace(FAULTY, confinement=other), FAULTY, width=200)
    assert (mixed.count("bubblewrap: "), mixed.count("landlock: ")) == (1, 1)
    assert "\n  confined landlock: " in mixed
    assert "\nconfined, where nothing else is said: bubblewrap: " in mixed
    apart = text(FAULTY, replace(FAULTY, confinement=other), width=200)
    assert (apart.count("\n  confined "), apart.count("\nconfined")) == (2, 0)


def test_an_article_that_ran_elsewhere_than_the_first_says_where() -> None:
    other = replace(FAULTY, environment={**ENVIRONMENT, "backend": "jax", "device": None})
    both = text(FAULTY, other, width=200)
    assert both.count("  run on   Python 3.11.7, Keras 3.15.1 on jax\n") == 1
    assert both.endswith("\nerrata 1.2.3, Python 3.11.7, Keras 3.15.1 on tensorflow, cpu\n" + HINT)
    assert "run on" not in text(FAULTY, replace(FAULTY, environment={"python": "3.11.7", "device": None}))


def test_the_update_table_says_what_its_numbers_are() -> None:
    row = UpdateRow(9, "fit", "net", 1, 1, None, (MovedRow("net", 0.5, 0.0),), (), (), (), (), ())
    traced = render("text", (replace(FAULTY, table=(row,)),), TOOL, Page(trace=True))
    said = "  what its training moved, by the largest change of one weight, and what went in:\n"
    assert f"{said}  line 9  net.fit: 1 call, 1 update\n" in traced
    assert said not in render("text", (FAULTY,), TOOL, Page(trace=True))


def test_no_review_at_all() -> None:
    assert text() == "0 articles: none reviewed; no finding\nerrata 1.2.3\n"


def test_order_of_findings_does_not_depend_on_the_order_of_rules() -> None:
    assert text(replace(FAULTY, findings=FAULTY.findings[::-1])) == text(FAULTY)


def test_the_worst_of_a_line_comes_first() -> None:
    warning = replace(REMOVED, rule="a-warning", severity=Severity.WARNING)
    note = replace(REMOVED, rule="a-note", severity=Severity.NOTE)
    document = text(review(note, warning, replace(REMOVED, rule="z-error")))
    places = [document.index(rule) for rule in ("z-error", "a-warning", "a-note")]
    assert places == sorted(places)


def test_where_more_is_told_stands_under_findings_and_nowhere_else() -> None:
    assert text(FAULTY, FAULTY).endswith(HINT)
    assert text(FAULTY, FAULTY).count("explain") == 1
    assert "explain" not in text(review(verdict=Verdict.CLEAN))


def test_lines_that_did_not_run_are_listed() -> None:
    seen = replace(FAULTY.coverage, not_run=(3, 5, 6, 7))
    assert "  not run  lines 3, 5-7\n" in text(replace(FAULTY, coverage=seen))
    assert "  not run  line 3\n" in text(replace(FAULTY, coverage=replace(seen, not_run=(3,))))
    whole = replace(seen, executed=seen.statements)
    assert "lines 3, 5-7, inside statements that ran otherwise\n" in text(replace(FAULTY, coverage=whole))
    assert "  not run" not in text(replace(FAULTY, coverage=replace(seen, not_run=())))


def test_verdicts_are_words_of_the_model() -> None:
    for verdict in Verdict:
        assert f": {verdict.value}, no finding" in text(review(verdict=verdict))
