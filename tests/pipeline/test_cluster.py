"""Reviews on a real Dask cluster, on the loopback device: whoever is killed, the output is the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster, default_client

from harness import report
from harness.listing import ArticleError
from harness.model import Review, Verdict
from harness.pipeline import Options, review_all
from harness.pipeline.cluster import ClusterError, client, review_on
from harness.pipeline.cluster.client import Made
from harness.pipeline.cluster.setup import setup, unfitness
from harness.pipeline.cluster.task import told

OPTIONS = Options()
_COMMAND = [sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())"]
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


# --- what is said where there is no cluster, or none that can go on --------------------------------------


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


# --- the command -----------------------------------------------------------------------------------------


Command = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def command(articles: list[Path], tmp_path: Path) -> Iterator[Command]:
    """Start the review of all articles on a cluster of its own."""
    (tmp_path / "tmp").mkdir()
    running: list[subprocess.Popen[str]] = []

    def start(*options: str) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                [*_COMMAND, "review", str(articles[0].parent), "--format", "json", "--no-cache", *options],
                env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=tmp_path,
                text=True,
                start_new_session=True,
            )
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def finished(journal: Path) -> list[str]:
    """The articles whose review is in a journal."""
    if not journal.exists():
        return []
    whole = journal.read_bytes().rpartition(b"\n")[0].splitlines()[1:]
    return [Path(json.loads(line)["path"]).name for line in whole]


def until_some_are_finished(process: subprocess.Popen[str], journal: Path) -> None:
    deadline = time.monotonic() + 120
    while len(finished(journal)) < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def session(number: int) -> list[str]:
    """The command lines of all processes that a session still has, and of sandboxes below them."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z" and int(fields[3]) == number:
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def test_a_client_that_is_killed_loses_no_finished_review(
    command: Command, articles: list[Path], expected: Any, tmp_path: Path
) -> None:
    journal = tmp_path / "errata-reviews.jsonl"
    first = command("--cluster", "local", "--jobs", "2")
    until_some_are_finished(first, journal)
    first.kill()
    first.communicate()
    kept = finished(journal)
    deadline = time.monotonic() + 60
    while left := session(first.pid):  # its workers notice, and end with what they were running
        assert time.monotonic() < deadline, left
        time.sleep(0.05)

    refused = command("--cluster", "local")
    assert refused.communicate()[1] == (
        "errata: errata-reviews.jsonl: it holds reviews already; go on with --resume, "
        "or name another --journal\n"
    )
    assert refused.returncode == 2

    second = command("--cluster", "local", "--jobs", "2", "--resume")
    written, said = second.communicate(timeout=120)
    assert (second.returncode, said) == (1, "")
    found = json.loads(written)
    for review in found["reviews"]:
        del review["seconds"], review["cached"]
    assert found["reviews"] == expected["reviews"]
    assert finished(journal)[: len(kept)] == kept
    assert sorted(finished(journal)) == [article.name for article in articles]


def test_an_interrupted_client_leaves_its_journal_and_nothing_else(command: Command, tmp_path: Path) -> None:
    process = command("--cluster", "local", "--jobs", "2", "--journal", "some.jsonl")
    until_some_are_finished(process, tmp_path / "some.jsonl")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
    written, said = process.communicate(timeout=60)
    assert (process.returncode, written) == (130, "")
    assert said.splitlines() == [
        "errata: what was finished is in some.jsonl; go on with --resume",
        "errata: interrupted; no report was written",
    ]
    assert session(process.pid) == []
    assert list((tmp_path / "tmp").iterdir()) == []
