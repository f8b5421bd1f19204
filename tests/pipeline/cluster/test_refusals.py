"""What is said where there is no cluster, or none that can go on."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pytest

from harness.pipeline.cluster import ClusterError, client, review_on
from harness.pipeline.cluster.setup import setup, unfitness
from harness.pipeline.cluster.task import told
from tests.pipeline.cluster.conftest import OPTIONS, started


def refusal(address: str, paths: list[Path]) -> str:
    with (
        pytest.raises(ClusterError) as caught,
        closing(review_on(address, paths, OPTIONS, jobs=1)) as reviews,
    ):
        next(reviews)
    return str(caught.value)


def test_workers_that_would_judge_otherwise_are_refused(
    articles: list[Path], cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(mnist: Path | None) -> tuple[tuple[str, str], ...]:
        return tuple((name, "9" if name == "keras" else which) for name, which in setup(mnist))

    monkeypatch.setattr(client, "setup", other)
    keras = dict(setup(None))["keras"]
    *lines, advice = refusal(cluster, articles).splitlines()
    assert len(lines) == 2
    for line in lines:
        assert line.startswith("the worker tcp://127.0.0.1:")
        assert line.endswith(f" cannot be used: its keras is {keras}, the client's 9")
    assert advice == "set these workers up like the client (requirements.lock), or stop them"


def test_a_worker_that_joins_late_is_examined_by_its_first_task(
    articles: list[Path], cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "setup", lambda mnist: ((*setup(mnist)[:-1], ("MNIST", "the other set"))))
    monkeypatch.setattr(client._Round, "_examine", lambda self: None)
    assert "the client's the other set" in refusal(cluster, articles)


def test_a_worker_without_data_or_sandbox_is_unfit(tmp_path: Path) -> None:
    assert unfitness(setup(None), None, False) == ""
    assert "missing.npz" in unfitness(setup(None), tmp_path / "missing.npz", False)


def test_an_answer_that_is_no_review_is_not_taken_for_one() -> None:
    with pytest.raises(ClusterError, match="the worker tcp://a:1 answered what is no review: not an object"):
        told({"worker": "tcp://a:1", "review": ["clean"], "text": None}, None)  # type: ignore[arg-type]


def test_without_a_scheduler(articles: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_CONNECT_SECONDS", 0.5)
    assert refusal("tcp://127.0.0.1:1", articles) == (
        "tcp://127.0.0.1:1: no scheduler with workers answers there; start them with `dask scheduler` and "
        "`dask worker tcp://127.0.0.1:1`"
    )


def test_without_workers(articles: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(client, "_LOOK_SECONDS", 0.2)
    with started(1) as opened:
        with closing(review_on(opened.scheduler_address, articles, OPTIONS, jobs=1)) as reviews:
            next(reviews)
            opened.scale(0)
            with pytest.raises(ClusterError, match=r"no worker has been there for 0\.5 s; start one"):
                list(reviews)
        monkeypatch.setattr(client, "_CONNECT_SECONDS", 0.5)
        assert "no scheduler with workers answers there" in refusal(opened.scheduler_address, articles)


def test_a_scheduler_that_goes_away(articles: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_CONNECT_SECONDS", 3.0)
    with (
        started(1) as opened,
        closing(review_on(opened.scheduler_address, articles, OPTIONS, jobs=1)) as reviews,
    ):
        next(reviews)
        opened.close()
        with pytest.raises(ClusterError, match="the scheduler is gone"):
            list(reviews)


def test_without_dask(articles: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert refusal("local", articles) == "--cluster needs Dask: pip install 'errata[cluster]'"
