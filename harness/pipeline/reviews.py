"""All reviews that were asked for: those made before at once, the others here or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.listing import ArticleError, read_article
from harness.model import Review
from harness.pipeline import answers
from harness.pipeline.options import Options

if TYPE_CHECKING:
    from collections.abc import Generator

    from harness.pipeline.journal import Journal

Show = Callable[[Path], Callable[[str], None]]
Answer = Review | ArticleError


def review_all(
    paths: Sequence[Path],
    options: Options,
    *,
    jobs: int | None = None,
    show: Show | None = None,
    cluster: str | None = None,
    journal: Journal | None = None,
) -> Iterator[Answer]:
    """The review of each article in the order of ``paths``, or why it cannot be read.

    ``jobs`` is how many are made at the same time; None: as many as the machine can.  ``cluster`` is
    the address of a Dask scheduler, or "local".  ``journal`` (entered) answers what it holds and gets
    each other review as soon as it is there.  ``show(path)`` is called when an article's review begins
    (with several jobs or a cluster: ends); what it returns is told of each step.  It is not called where
    all was made before.  Raises
    ``SandboxUnavailable`` where something has to be run and nothing can confine it, ClusterError and
    JournalError.
    """
    noted = {place: review for place, path in enumerate(paths) if (review := _noted(path, options, journal))}
    known = dict(noted)
    for place, path in enumerate(paths):
        if place not in known and (review := _known(path, options)):
            known[place] = review
            if journal is not None:
                journal.add(review, options)
    missing = [path for place, path in enumerate(paths) if place not in known]
    # As many as without the journal: a run that is resumed is made in the same way as one that is not.
    options = replace(options, reviews=len(missing) + len(noted))
    with closing(_made(missing, options, jobs, show, cluster, journal)) as made:
        for place, path in enumerate(paths):
            if place not in known:
                yield next(made)
                continue
            if show is not None and missing:
                show(path)
            yield known.pop(place)


def _noted(path: Path, options: Options, journal: Journal | None) -> Review | None:
    if journal is None:
        return None
    try:
        return journal.find(read_article(path), options)
    except ArticleError:
        return None  # which the one who makes the review will find, too, and tell


def _known(path: Path, options: Options) -> Review | None:
    if not options.cache or options.against is not None:
        return None
    try:
        return answers.review_of(read_article(path), options)
    except ArticleError:
        return None


def _made(
    paths: Sequence[Path],
    options: Options,
    jobs: int | None,
    show: Show | None,
    cluster: str | None,
    journal: Journal | None,
) -> Generator[Answer, None, None]:
    if not paths:
        return
    from harness import pipeline

    def done(answer: Answer, worker: str | None = None) -> None:
        if journal is not None and isinstance(answer, Review):
            journal.add(answer, options, worker)

    jobs = jobs or pipeline.default_jobs()
    if cluster is None:
        from harness.pipeline import many

        yield from many.review_all(paths, options, jobs=jobs, show=show, done=done)
        return
    from harness.pipeline.cluster import review_on

    finished: dict[int, Answer] = {}
    with closing(review_on(cluster, paths, options, jobs=jobs)) as made:
        for following, _ in enumerate(paths):
            while following not in finished:
                place, answer, worker = next(made)
                finished[place] = answer
                done(answer, worker)
                if show is not None:
                    show(paths[place])
            yield finished.pop(following)
