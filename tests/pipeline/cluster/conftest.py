"""Real Dask clusters on the loopback device, and articles that take a moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from harness import report
from harness.listing import ArticleError
from harness.model import Review
from harness.pipeline import Options, review_all

OPTIONS = Options()
# What ends a worker, a client or a scheduler in these tests happens while runs like this one sleep.
_SLOW = "import time\n\nname = {}\ntime.sleep(0.5)\nprint(unknown)\n"


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("articles")
    paths = [folder / f"{number}.py" for number in range(6)]
    for number, path in enumerate(paths):
        path.write_text(_SLOW.format(number))
    return paths


@pytest.fixture(scope="module")
def expected(articles: list[Path]) -> Any:
    """What one process makes of the articles."""
    return document(list(review_all(articles, OPTIONS, jobs=1)))


def started(workers: int) -> LocalCluster:
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        silence_logs=50,
        memory_limit=0,
    )


@pytest.fixture(scope="module")
def local() -> Iterator[LocalCluster]:
    with started(2) as opened:
        yield opened


@pytest.fixture
def cluster(local: LocalCluster) -> str:
    """The address of a scheduler with two workers, both there again where a test before has killed one."""
    local.wait_for_workers(2, timeout=120)
    return str(local.scheduler_address)


def document(answers: Iterable[Review | ArticleError]) -> Any:
    """The machine's report, without the time that each review took and whether that was earlier."""
    reviews = [answer for answer in answers if isinstance(answer, Review)]
    found = json.loads(report.render("json", reviews, report.Tool("1")))
    for review in found["reviews"]:
        del review["seconds"], review["cached"]
    return found
