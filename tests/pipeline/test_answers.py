"""What was answered before is answered at once, and only where nothing has changed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness import report, rules
from harness.cache import Store, sources
from harness.model import (
    Article,
    Block,
    BlockKind,
    Budget,
    Confinement,
    Coverage,
    Ended,
    Finding,
    Fix,
    Killed,
    Limits,
    Listing,
    Outcome,
    Probe,
    Review,
    Severity,
    StatementDone,
    Trace,
    Verdict,
)
from harness.pipeline import Options, answers, review_all, reviewing
from harness.pipeline.reviewing import review_article

TEXT = "# One\n\n```python\nx = 1\n```\n"
ARTICLE = Article("one.md", "0" * 64, TEXT, "markdown")
LISTING = Listing(ARTICLE, (Block(1, BlockKind.PYTHON, "python", 4, 4, "x = 1"),), "\n\n\nx = 1")
CONFINEMENT = Confinement("bubblewrap", True, True, True, True, True, True, "how")
OPTIONS = Options(cache=True)
FINDING = Finding(
    "some-rule",
    Severity.WARNING,
    4,
    5,
    None,
    "What is wrong.",
    {"numbers": (1, 2.5, None), "nested": {"a": [True]}, "nan": float("inf")},
    Fix("x = 1", "x = 2"),
    (7,),
)
REVIEW = Review(
    ARTICLE,
    Verdict.FAULTY,
    None,
    3.5,
    CONFINEMENT,
    Coverage(1, 1, 0),
    (FINDING,),
    {"python": "3.11", "device": None},
    ("A note.",),
    123,
)
OUTCOME = Outcome(0, None, None, b"\xff\x00out", b"err", False, 1.25, 77)
TRACE = Trace(
    (
        StatementDone(0, 4, 0, 4, "ok"),
        Probe(1, None, "ranges", (0,), {"low": float("-inf"), "pair": (1, 2)}),
        Ended(2, None, 1, 1, 0),
    ),
    OUTCOME,
    completed=True,
)


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


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The text of each listing that is really run; the run itself is pretended."""
    texts: list[str] = []

    def execute(listing: Listing, *rest: object, **options: object) -> tuple[Trace, Confinement]:
        texts.append(listing.text)
        return TRACE, CONFINEMENT

    monkeypatch.setattr(reviewing, "execute", execute)
    monkeypatch.setattr(reviewing, "open_sandbox", lambda unsafe: None)
    return texts


def test_an_unchanged_article_is_run_once(runs: list[str]) -> None:
    first, second = review_article(ARTICLE, OPTIONS), review_article(ARTICLE, OPTIONS)
    assert first.cached is None
    assert second.cached == first.seconds
    assert replace(second, seconds=first.seconds, cached=None) == first
    assert len(runs) == 1


def test_rules_are_loaded_while_a_run_is_waited_for(runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = threading.Event()
    monkeypatch.setattr(rules, "load", loaded.set)

    def execute(listing: Listing, *rest: object, **options: object) -> tuple[Trace, Confinement]:
        assert loaded.wait(30)
        return TRACE, CONFINEMENT

    monkeypatch.setattr(reviewing, "execute", execute)
    assert review_article(ARTICLE, replace(OPTIONS, cache=False)).verdict is Verdict.CLEAN


def test_a_changed_rule_judges_the_kept_trace_again(runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    review_article(ARTICLE, OPTIONS)
    given = sources
    monkeypatch.setattr(answers, "sources", lambda *names: "new" if "rules" in names else given(*names))
    monkeypatch.setattr(reviewing, "judge", lambda evidence: (FINDING,))
    again = review_article(ARTICLE, OPTIONS)
    assert again.findings == (FINDING,)
    assert again.cached == OUTCOME.seconds  # it was not run this time
    assert len(runs) == 1
    assert [review_article(ARTICLE, OPTIONS).cached for _ in range(2)] == [OUTCOME.seconds] * 2


def test_a_changed_observer_runs_again(runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    review_article(ARTICLE, OPTIONS)
    monkeypatch.setattr(answers, "sources", lambda *names: "new")
    review_article(ARTICLE, OPTIONS)
    assert len(runs) == 2


def test_without_the_cache_nothing_is_read_or_kept(runs: list[str], store: Store) -> None:
    for _ in range(2):
        review_article(ARTICLE, replace(OPTIONS, cache=False))
    assert len(runs) == 2
    assert store.use().answers == 0


def test_known_and_new_reviews_come_in_order(runs: list[str], tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.md" for number in range(4)]
    for path in paths:
        path.write_text(TEXT.replace("1", path.stem))
    (tmp_path / "empty.md").write_text("# No code\n")
    list(review_all(paths[1:3], OPTIONS, jobs=1))
    shown: list[Path] = []

    def show(path: Path) -> Callable[[str], None]:
        shown.append(path)
        return lambda step: None

    asked = [*paths, tmp_path / "empty.md"]
    answered = list(review_all(asked, OPTIONS, jobs=1, show=show))
    assert [getattr(answer, "article", ARTICLE).path for answer in answered[:4]] == list(map(str, paths))
    assert "no Python code" in str(answered[4])
    assert shown == asked
    assert len(runs) == 4
    shown.clear()
    assert len(list(review_all(paths, OPTIONS, show=show))) == 4
    assert shown == []  # nobody waits for what is known


_CACHED = """
import sys
from pathlib import Path
from harness.cache import Store, sources
from harness.pipeline import answers
answers.store = lambda kept=Store(Path(sys.argv[1])): kept
from harness.cli import main
status = main(["review", sys.argv[2], *sys.argv[3:]])
heavy = {"numpy", "markdown_it", "multiprocessing", "nbformat", "harness.rules", "harness.sandbox"}
# These take longer than to answer: text for people needs none of them either.
heavy |= {"rich.console", "rich.text", "importlib.metadata", "harness.model.trace", "harness.model.proofs"}
heavy |= {"harness.report._site", "harness.report._bench", "harness.cli.bench"}
print(status, sorted(heavy & sys.modules.keys()), file=sys.stderr)
"""


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_answer_that_is_kept_needs_nothing_heavy(store: Store, tmp_path: Path, form: str) -> None:
    answers.keep_review(ARTICLE, OPTIONS, REVIEW, TRACE)
    article = tmp_path / "one.md"
    article.write_text(TEXT)
    done = subprocess.run(
        [sys.executable, "-c", _CACHED, str(store.folder), str(article), "--format", form],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == "1 []\n"
    if form == "json":
        assert json.loads(done.stdout)["reviews"][0]["findings"][0]["rule"] == "some-rule"
    else:
        assert "warning some-rule" in done.stdout


def test_a_notebook_without_lines_keeps_the_text_that_its_findings_speak_of() -> None:
    text = "print(unknown)\n"
    raw = Article("a.ipynb", "0" * 64, "{}", "notebook")
    made = replace(REVIEW, article=replace(raw, text=text))
    answers.keep_review(raw, OPTIONS, made, None)
    again = answers.review_of(replace(raw, path="b.ipynb"), OPTIONS)
    assert again is not None
    assert (again.article.path, again.article.text) == ("b.ipynb", text)
