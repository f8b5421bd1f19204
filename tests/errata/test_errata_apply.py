"""Errata are applied in order, each in its one place; every step knows its article lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errata import Edit, ErrataError, Erratum, apply, mutant, step, steps
from harness.errata.catalogue import Mutation, Source, Symptom
from harness.model import Severity

SYMPTOM = Symptom(rule="some-rule")


def erratum(before: str, after: str, lines: tuple[int, ...], name: str = "e", *mutation: Edit) -> Erratum:
    return Erratum(
        id=name,
        title="T",
        kind="crash",
        severity=Severity.ERROR,
        lines=lines,
        edit=Edit(before, after),
        why="W",
        symptom=SYMPTOM,
        works_before="never",
        source=Source("S", "https://example.org"),
        mutation=Mutation(mutation, SYMPTOM) if mutation else None,
    )


ARTICLE = "one\ntwo\nthree\nfour"


def test_errata_are_applied_one_on_the_other() -> None:
    errata = (
        erratum("two", "2\n2b", (2,), "a"),
        erratum("2b", "2c", (2,), "b"),
        erratum("four", "4", (4,), "c"),
    )
    assert apply(ARTICLE, errata) == "one\n2\n2c\nthree\n4"
    assert step(ARTICLE, errata, 1).text == ARTICLE
    assert step(ARTICLE, errata, 3).text == "one\n2\n2c\nthree\nfour"


def test_a_line_of_a_step_is_told_by_article_line() -> None:
    errata = (erratum("two\nthree", "2\nx\ny\nthree", (2,)),)
    reached = steps(ARTICLE, errata)[-1]
    assert [list(reached.article_lines(n)) for n in range(1, 7)] == [[1], [2], [2], [2], [3], [4]]
    assert list(reached.article_lines(3, 5)) == [2, 3]
    assert list(reached.article_lines(99)) == [4]


def test_a_mutant_undoes_one_erratum_or_makes_its_own_mutation() -> None:
    errata = (
        erratum("two", "2", (2,), "a"),
        erratum("four", "4", (4,), "b", Edit("4", "5"), Edit("one", "1")),
    )
    assert mutant(ARTICLE, errata, 1).text == "one\ntwo\nthree\n4"
    assert mutant(ARTICLE, errata, 2).text == "1\n2\nthree\n5"


@pytest.mark.parametrize(
    ("errata", "message"),
    [
        (
            (erratum("t", "T", (2,)),),
            "erratum 1 'e': its 'for' text occurs twice in the article as printed .lines 2, 3",
        ),
        ((erratum("five", "5", (2,)),), "occurs nowhere in the article as printed; it begins 'five'"),
        (
            (erratum("2", "zwei", (2,), "late"), erratum("two", "2", (2,), "early")),
            "erratum 1 'late': .* erratum 2 'early' brings it in, so the errata are out of order",
        ),
        (
            (erratum("two\nthree", "2\n3", (2, 3), "first"), erratum("two", "zwei", (2,), "second")),
            "erratum 2 'second': .* erratum 1 'first' rewrites that place first",
        ),
        ((erratum("two", "2", (3,)),), "its edit changes article line 2, and 'lines' names 3 only"),
    ],
)
def test_an_erratum_that_does_not_fit_says_why(errata: tuple[Erratum, ...], message: str) -> None:
    with pytest.raises(ErrataError, match=message):
        apply(ARTICLE, errata)


def test_a_mutant_that_has_no_place_says_so() -> None:
    errata = (erratum("two\n", "", (2,)),)
    with pytest.raises(
        ErrataError, match="the erratum deletes text, so say with 'mutant' where to put it back"
    ):
        mutant(ARTICLE, errata, 1)
    errata = (erratum("two", "2", (2,), "a", Edit("e", "E")),)
    with pytest.raises(ErrataError, match="the mutant of erratum 1 'a': its 'for' text occurs 3 times"):
        mutant(ARTICLE, errata, 1)


def test_there_is_no_step_beyond_the_last() -> None:
    with pytest.raises(ErrataError, match="there is no erratum 2; the article has 1"):
        step(ARTICLE, (erratum("two", "2", (2,)),), 2)


@given(
    lines=st.lists(st.text("ab ", max_size=4), min_size=1, max_size=8),
    data=st.data(),
)
def test_any_edit_in_its_place_is_exact_and_can_be_undone(lines: list[str], data: st.DataObject) -> None:
    """Numbered lines make every line unique, so that undoing finds its place again."""
    text = "\n".join(f"{n}:{line}" for n, line in enumerate(lines, 1))
    n = data.draw(st.integers(1, len(lines)))
    after = data.draw(st.lists(st.text("cd", min_size=1, max_size=3), min_size=1, max_size=3))
    chosen = f"{n}:{lines[n - 1]}"
    new = "\n".join([f"<{n}>", *after, "</>"])
    at = text.index(chosen)
    if text.count(chosen) != 1:
        return
    errata = (erratum(chosen, new, tuple(range(1, len(lines) + 1))),)
    fixed = steps(text, errata)[-1]
    assert fixed.text == text[:at] + new + text[at + len(chosen) :]
    assert len(fixed.origins) == fixed.text.count("\n") + 1
    assert all(1 <= first <= last <= len(lines) for first, last in fixed.origins)
    assert mutant(text, errata, 1).text == text
