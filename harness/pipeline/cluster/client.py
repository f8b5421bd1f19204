"""Reviews as tasks of a Dask cluster: a lost worker's tasks run elsewhere, answers come as they are made."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness import scratch
from harness.listing import ArticleError, read_article
from harness.model import Article, Review
from harness.pipeline.cluster import preload
from harness.pipeline.cluster.errors import ClusterError
from harness.pipeline.cluster.setup import setup
from harness.pipeline.cluster.task import Answer, examine, review_there, told, unfit
from harness.pipeline.failed import failed
from harness.pipeline.options import Options

LOCAL = "local"
_CONNECT_SECONDS = 20.0
_PATIENCE_SECONDS = 60.0  # without any worker
_LOOK_SECONDS = 5.0
_AHEAD = 2  # tasks for each of the workers' threads, so that none waits for its next one
# How many workers may be lost under a review before it counts as what kills them.
_MOST_LOSSES = 8

#: The place of an article among those that were asked for, its review, and the worker that made it.
Made = tuple[int, Review | ArticleError, str | None]


def review_on(
    address: str, paths: Sequence[Path], options: Options, *, jobs: int
) -> Generator[Made, None, None]:
    """Reviews in the order in which they are finished, each article's exactly once.

    ``address`` is a scheduler's, or "local" for ``jobs`` workers on this machine.  Raises ClusterError;
    what was yielded before stays true.  Closing the generator takes back what has not begun.
    """
    if options.mnist:
        options = replace(options, mnist=options.mnist.absolute())  # workers have other working folders
    with _connected(address, jobs) as client:
        yield from _Round(client, paths, options, _PATIENCE_SECONDS).made()


class _Round:
    """One client's reviews on one cluster."""

    def __init__(self, client: Any, paths: Sequence[Path], options: Options, patience: float) -> None:
        self._client = client
        self._waiting = iter(enumerate(paths))
        self._options = options
        self._setup = setup(options.mnist)
        self._patience = patience
        self._running: dict[Any, tuple[int, Article]] = {}  # future -> place and article
        self._examine()

    def _examine(self) -> None:
        found = self._client.run(examine, self._setup, self._options, on_error="return")
        # A worker that was lost meanwhile is none; whoever comes in its place is examined by its first task.
        reasons = {worker: reason for worker, reason in found.items() if not isinstance(reason, OSError)}
        bad = {worker: str(reason) or repr(reason) for worker, reason in reasons.items() if reason != ""}
        if bad:
            raise ClusterError(unfit(bad))

    def made(self) -> Iterator[Made]:
        try:
            yield from self._submit()
            while self._running:
                for future in self._finished():
                    place, article = self._running.pop(future)
                    yield place, *self._answer(future, article)
                yield from self._submit()
        finally:
            self._client.cancel(list(self._running))

    def _submit(self) -> Iterator[Made]:
        """Hand out articles until there is enough to do; those that cannot be read are answered here."""
        enough = _AHEAD * max(1, sum(self._client.nthreads().values()))
        while len(self._running) < enough:
            place, path = next(self._waiting, (-1, None))
            if path is None:
                return
            try:
                article = read_article(path)
            except ArticleError as error:
                yield place, error, None
                continue
            # Not pure: two articles of one text are two tasks, and a second client has its own.
            future = self._client.submit(review_there, article, self._options, self._setup, pure=False)
            self._running[future] = place, article

    def _finished(self) -> list[Any]:
        """At least one task that has ended."""
        from distributed import wait

        alone_since: float | None = None
        while True:
            try:
                return list(wait(list(self._running), _LOOK_SECONDS, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                pass
            if self._client.scheduler_info()["workers"]:
                alone_since = None
                continue
            alone_since = alone_since or time.monotonic()
            if time.monotonic() - alone_since > self._patience:
                raise ClusterError(f"no worker has been there for {self._patience:g} s; start one")

    def _answer(self, future: Any, article: Article) -> tuple[Review | ArticleError, str | None]:
        from distributed import KilledWorker

        try:
            answer: Answer = future.result()
        except KilledWorker:
            reason = "one worker after the other was lost while it was being reviewed"
            return failed(article, self._options, reason), None
        return told(answer, article), str(answer["worker"])


@contextmanager
def _connected(address: str, jobs: int) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError("--cluster needs Dask: pip install 'errata[cluster]'") from None
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        if address == LOCAL:
            address = stack.enter_context(_local(jobs))
        try:
            client = Client(address, timeout=_CONNECT_SECONDS)  # the default one, which `wait` asks for
            stack.callback(client.close)
            client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except (OSError, ValueError) as error:  # TimeoutError is an OSError
            raise ClusterError(_unreachable(address, error)) from error
        with _scheduler_watched(client, address):
            yield client


@contextmanager
def _local(jobs: int) -> Iterator[str]:
    """A scheduler in this process and workers beside it, on the loopback device; gone at the end."""
    import dask
    from distributed import LocalCluster

    with scratch.folder() as folder:
        folder.chmod(0o711)  # see task._settle
        settings = {
            "temporary-directory": str(folder),
            "distributed.scheduler.allowed-failures": _MOST_LOSSES,
        }
        with (
            dask.config.set(settings),
            LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                worker_dashboard_address="127.0.0.1:0",
                memory_limit=0,  # of the worker, which does not count the runs that it starts
                silence_logs=logging.CRITICAL,
                preload=preload.__name__,
            ) as cluster,
        ):
            yield cluster.scheduler_address


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask tells its troubles to standard error; what matters of them we tell ourselves."""
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _unreachable(address: str, error: Exception) -> str:
    if isinstance(error, ValueError):
        return f"{address}: that is no scheduler's address; expected tcp://HOST:PORT, or {LOCAL}"
    return (
        f"{address}: no scheduler with workers answers there; start them with "
        f"`dask scheduler` and `dask worker {address}`"
    )


@contextmanager
def _scheduler_watched(client: Any, address: str) -> Iterator[None]:
    """A scheduler that goes away is told as such, whichever call notices first."""
    from distributed.client import FutureCancelledError, FuturesCancelledError

    try:
        yield
    except (OSError, RuntimeError, FutureCancelledError, FuturesCancelledError) as error:
        if client.status == "running":
            raise
        raise ClusterError(f"{address}: the scheduler is gone") from error
