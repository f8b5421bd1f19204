"""What was answered before is answered at once, and only where nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness import report
from harness.cache import Store
from harness.model import (
    Article,
    Budget,
    Killed,
    Limits,
    StatementDone,
    Trace,
    Verdict,
)
from harness.pipeline import Options, answers
from tests.pipeline._kept import ARTICLE, CONFINEMENT, LISTING, OPTIONS, OUTCOME, REVIEW, TEXT, TRACE


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    kept = Store(tmp_path / "answers")
    monkeypatch.setattr(answers, "store", lambda: kept)
    return kept


def test_a_review_comes_back_the_same_but_for_its_time() -> None:
    assert answers.review_of(ARTICLE, OPTIONS) is None
    answers.keep_review(ARTICLE, OPTIONS, REVIEW, TRACE)
    found = answers.review_of(ARTICLE, OPTIONS)
    assert found is not None
    assert found.article is ARTICLE
    tool = report.Tool("1")
    for form in report.formats():
        same = replace(found, seconds=REVIEW.seconds, cached=None)
        assert report.render(form, [same], tool) == report.render(form, [REVIEW], tool), form
    assert 0 < found.seconds < REVIEW.seconds
    assert found.cached == REVIEW.seconds


def test_a_trace_comes_back_the_same() -> None:
    assert answers.trace_of(LISTING, OPTIONS) is None
    answers.keep_trace(LISTING, OPTIONS, TRACE, CONFINEMENT)
    assert answers.trace_of(LISTING, OPTIONS) == (TRACE, CONFINEMENT)


def test_the_name_of_an_article_does_not_matter() -> None:
    answers.keep_review(ARTICLE, OPTIONS, REVIEW, TRACE)
    moved = replace(ARTICLE, path="elsewhere/two.md")
    found = answers.review_of(moved, OPTIONS)
    assert found is not None
    assert found.article is moved


def test_how_a_review_is_made_does_not_matter_where_it_changes_nothing() -> None:
    answers.keep_review(ARTICLE, OPTIONS, REVIEW, TRACE)
    assert answers.review_of(ARTICLE, replace(OPTIONS, warm=False, reviews=9)) is not None


@pytest.mark.parametrize(
    "other",
    [
        replace(OPTIONS, budget=Budget(updates=7)),
        replace(OPTIONS, budget=Budget(Limits(wall_seconds=59))),
        replace(OPTIONS, budget=Budget(seed=1)),
        replace(OPTIONS, backend="jax"),
        replace(OPTIONS, keras=2),
        replace(OPTIONS, unsafe=True),
        replace(OPTIONS, mnist=Path(__file__)),
    ],
)
def test_other_circumstances_are_another_question(other: Options) -> None:
    answers.keep_review(ARTICLE, OPTIONS, REVIEW, TRACE)
    answers.keep_trace(LISTING, OPTIONS, TRACE, CONFINEMENT)
    assert answers.review_of(ARTICLE, other) is None
    assert answers.trace_of(LISTING, other) is None


def test_another_text_is_another_question() -> None:
    answers.keep_review(ARTICLE, OPTIONS, REVIEW, TRACE)
    answers.keep_trace(LISTING, OPTIONS, TRACE, CONFINEMENT)
    assert answers.review_of(replace(ARTICLE, text=TEXT + " "), OPTIONS) is None
    assert answers.review_of(replace(ARTICLE, kind="script"), OPTIONS) is None
    assert answers.trace_of(replace(LISTING, text="x = 2"), OPTIONS) is None


def test_other_packages_or_another_machine_are_another_question(monkeypatch: pytest.MonkeyPatch) -> None:
    answers.keep_review(ARTICLE, OPTIONS, REVIEW, TRACE)
    with monkeypatch.context() as patch:
        patch.setattr(answers, "installed", lambda: "other")
        assert answers.review_of(ARTICLE, OPTIONS) is None
    with monkeypatch.context() as patch:
        patch.setattr(answers, "_machine", lambda: ("Linux", "7.0"))
        assert answers.review_of(ARTICLE, OPTIONS) is None
    assert answers.review_of(ARTICLE, OPTIONS) is not None


@pytest.mark.parametrize(
    "trace",
    [
        replace(TRACE, completed=False, outcome=replace(OUTCOME, killed=Killed.WALL)),
        replace(TRACE, events=(StatementDone(0, 4, 0, 4, "timeout"), *TRACE.events[1:])),
    ],
)
def test_what_hung_or_was_killed_is_not_kept(trace: Trace, store: Store) -> None:
    answers.keep_trace(LISTING, OPTIONS, trace, CONFINEMENT)
    answers.keep_review(ARTICLE, OPTIONS, REVIEW, trace)
    answers.keep_review(ARTICLE, OPTIONS, replace(REVIEW, verdict=Verdict.INCOMPLETE), TRACE)
    answers.keep_review(ARTICLE, OPTIONS, replace(REVIEW, verdict=Verdict.HARNESS_ERROR), None)
    assert store.use().answers == 0


def rewritten(store: Store, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the one answer that is kept, in a way that its digest allows."""
    (path,) = (path for path in store.folder.rglob("*") if path.is_file())
    lines = store.get(path.name)
    assert lines is not None
    store.put(path.name, change(list(lines)))


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [b"not JSON"],
        lambda lines: [b"[" * 100_000],
        lambda lines: [b"null"],
        lambda lines: [lines[0].replace(b'"faulty"', b'"perfect"')],
        lambda lines: [lines[0].replace(b'"line":4', b'"line":"4"')],
        lambda lines: [lines[0].replace(b'"seconds"', b'"minutes"')],
    ],
)
def test_a_review_that_does_not_fit_its_schema_is_made_again(
    change: Callable[[list[bytes]], list[bytes]], store: Store
) -> None:
    answers.keep_review(ARTICLE, OPTIONS, REVIEW, TRACE)
    rewritten(store, change)
    assert answers.review_of(ARTICLE, OPTIONS) is None
    assert store.use().answers == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[1:],
        lambda lines: [lines[0], *reversed(lines[1:])],
        lambda lines: [lines[0], lines[1].replace(b"StatementDone", b"Article"), *lines[2:]],
        lambda lines: [lines[0].replace(b'"stdout":"', b'"stdout":"*'), *lines[1:]],
        lambda lines: [lines[0].replace(b'"network":true', b'"network":"no"'), *lines[1:]],
    ],
)
def test_a_trace_that_does_not_fit_its_schema_is_made_again(
    change: Callable[[list[bytes]], list[bytes]], store: Store
) -> None:
    answers.keep_trace(LISTING, OPTIONS, TRACE, CONFINEMENT)
    rewritten(store, change)
    assert answers.trace_of(LISTING, OPTIONS) is None
    assert store.use().answers == 0


def test_a_notebook_without_lines_keeps_the_text_that_its_findings_speak_of() -> None:
    text = "print(unknown)\n"
    raw = Article("a.ipynb", "0" * 64, "{}", "notebook")
    made = replace(REVIEW, article=replace(raw, text=text))
    answers.keep_review(raw, OPTIONS, made, None)
    again = answers.review_of(replace(raw, path="b.ipynb"), OPTIONS)
    assert again is not None
    assert (again.article.path, again.article.text) == ("b.ipynb", text)
