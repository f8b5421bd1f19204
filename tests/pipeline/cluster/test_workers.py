"""Reviews on a real Dask cluster: whichever worker is killed, the output is the same."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster, default_client

from harness.listing import ArticleError
from harness.model import Review, Verdict
from harness.pipeline import review_all
from harness.pipeline.cluster import review_on
from harness.pipeline.cluster.client import Made
from tests.pipeline.cluster.conftest import OPTIONS, document


def ordered(made: Iterable[Made]) -> list[Review | ArticleError]:
    """Answers that came in any order, each of them once."""
    found = sorted(made, key=lambda one: one[0])
    assert [place for place, _, _ in found] == list(range(len(found)))
    return [answer for _, answer, _ in found]


def workers() -> dict[str, int]:
    """Address -> process of each worker of the cluster that is in use."""
    found: dict[str, int] = default_client().run(os.getpid)
    return found


def runs(worker: int) -> list[int]:
    """The sandboxes that a worker has started, as processes."""
    children = Path(f"/proc/{worker}/task").glob("*/children")
    return [int(pid) for file in children for pid in file.read_text().split()]


def killed_in_the_middle(worker: int) -> None:
    """Kill a worker while it makes a review."""
    deadline = time.monotonic() + 60
    while not (begun := runs(worker)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(worker, signal.SIGKILL)
    while any(Path(f"/proc/{pid}").exists() for pid in begun):  # nobody else ends them
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_cluster_gives_the_output_of_one_process(cluster: str, tmp_path: Path) -> None:
    names = ["run.py", "textual.md", "empty.md", "binary.md"]
    contents = ["x = unknown\n", "```python\nthis is [no Python\n```\n", "# No code\n", "\0"]
    paths = [tmp_path / name for name in names]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(content)
    told: list[Path] = []

    def show(path: Path) -> Callable[[str], None]:
        told.append(path)
        return lambda step: None

    here = list(review_all(paths, OPTIONS, jobs=1))
    there = list(review_all(paths, OPTIONS, cluster=cluster, show=show))
    assert [type(one) for one in there] == [Review, Review, ArticleError, ArticleError]
    assert document(there) == document(here)
    assert [*map(str, there[2:])] == [*map(str, here[2:])]
    assert sorted(told) == sorted(paths)


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(
    articles: list[Path], expected: Any, cluster: str
) -> None:
    with closing(review_on(cluster, articles, OPTIONS, jobs=2)) as reviews:
        made = [next(reviews)]
        killed_in_the_middle(workers()[str(made[0][2])])
        made += reviews
    assert document(ordered(made)) == expected
    assert len({worker for _, _, worker in made}) > 1


def test_a_review_that_loses_every_worker_is_given_up_and_the_others_are_made(
    articles: list[Path], local: LocalCluster, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local.scheduler, "allowed_failures", 0)
    with closing(review_on(cluster, articles, OPTIONS, jobs=2)) as reviews:
        made = [next(reviews)]
        killed_in_the_middle(workers()[str(made[0][2])])
        made += reviews
    answers = [answer for answer in ordered(made) if isinstance(answer, Review)]
    lost = [answer.reason for answer in answers if answer.verdict is Verdict.HARNESS_ERROR]
    assert 1 <= len(lost) <= 3  # the one that was being made, and what else that worker had been given
    assert set(lost) == {"one worker after the other was lost while it was being reviewed"}
    assert [answer.verdict for answer in answers].count(Verdict.FAULTY) == len(articles) - len(lost)
