"""The unit of work: what runs on a worker.  Everything that comes back is plain JSON values."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.listing import ArticleError
from harness.model import Article, Review
from harness.pipeline import record
from harness.pipeline.cluster.errors import ClusterError
from harness.pipeline.cluster.setup import Setup, unfitness
from harness.pipeline.options import Options
from harness.pipeline.reviewing import review_article

#: What a task answers: the worker's address, and "review", "refused" or "unfit".
Answer = Mapping[str, Any]


def examine(wanted: Setup, options: Options, dask_worker: Any) -> str:
    """Why this worker must make no reviews; "" where it may.  Dask fills in ``dask_worker``."""
    _settle(Path(dask_worker.local_directory))
    return unfitness(wanted, options.mnist, options.unsafe)


def review_there(article: Article, options: Options, wanted: Setup) -> Answer:
    """Review an article on a worker that may have joined after the others were examined."""
    from distributed import get_worker

    worker = get_worker()
    address = str(worker.address)
    reason = examine(wanted, options, worker)
    if reason:
        return {"worker": address, "unfit": reason}
    try:
        made = review_article(article, options)
    except ArticleError as error:
        return {"worker": address, "refused": str(error)}
    return {"worker": address, **record.of(made)}


def told(answer: Answer, article: Article) -> Review | ArticleError:
    """What a task has answered about ``article``.  Raises ClusterError."""
    worker = answer["worker"]
    if "unfit" in answer:
        raise ClusterError(unfit({worker: answer["unfit"]}))
    if "refused" in answer:
        return ArticleError(answer["refused"])
    try:
        return record.read(answer, article)
    except record.DAMAGED as error:
        raise ClusterError(f"the worker {worker} answered what is no review: {error}") from error


def unfit(reasons: Mapping[str, str]) -> str:
    """What to tell of workers that cannot be used, a line each and one about what to do."""
    lines = [f"the worker {worker} cannot be used: {reason}" for worker, reason in reasons.items()]
    return "\n".join([*lines, "set these workers up like the client (requirements.lock), or stop them"])


def _settle(folder: Path) -> None:
    """Scratch goes into the worker's own folder: Dask removes what a worker that was killed has left."""
    if tempfile.tempdir != str(folder):
        folder.chmod(0o711)  # a confined process, another user, must get through to its scratch
        tempfile.tempdir = str(folder)
