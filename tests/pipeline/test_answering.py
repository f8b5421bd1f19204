"""An article is run when its answer is not kept, and only then."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness import rules
from harness.cache import Store, sources
from harness.model import (
    Confinement,
    Listing,
    Trace,
    Verdict,
)
from harness.pipeline import answers, review_all, reviewing
from harness.pipeline.reviewing import review_article
from harness.rules._judge import Judgement
from tests.pipeline._kept import ARTICLE, CONFINEMENT, FINDING, OPTIONS, OUTCOME, REVIEW, TEXT, TRACE


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    kept = Store(tmp_path / "answers")
    monkeypatch.setattr(answers, "store", lambda: kept)
    return kept


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
    monkeypatch.setattr(reviewing, "judgement", lambda *given: Judgement((FINDING,), {}, ()))
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
