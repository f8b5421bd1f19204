"""All reviews that were asked for: those made before at once, the others by ``many``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from harness.listing import ArticleError, read_article
from harness.model import Review
from harness.pipeline import answers
from harness.pipeline.options import Options

if TYPE_CHECKING:
    from collections.abc import Generator

Show = Callable[[Path], Callable[[str], None]]


def review_all(
    paths: Sequence[Path], options: Options, *, jobs: int | None = None, show: Show | None = None
) -> Iterator[Review | ArticleError]:
    """The review of each article in the order of ``paths``, or why it cannot be read.

    ``jobs`` is how many are made at the same time; None: as many as the machine can.  ``show(path)``
    is called when an article's review begins (with several jobs: ends); what it returns is told of
    each step.  Raises ``SandboxUnavailable`` where something has to be run and nothing can confine it.
    """
    known = {place: review for place, path in enumerate(paths) if (review := _known(path, options))}
    missing = [path for place, path in enumerate(paths) if place not in known]
    with closing(_made(missing, options, jobs, show)) as made:
        for place, path in enumerate(paths):
            if place not in known:
                yield next(made)
                continue
            if show is not None:
                show(path)
            yield known[place]


def _known(path: Path, options: Options) -> Review | None:
    if not options.cache or options.against is not None:
        return None
    try:
        return answers.review_of(read_article(path), options)
    except ArticleError:
        return None  # which the one who makes the review will find, too, and tell


def _made(
    paths: Sequence[Path], options: Options, jobs: int | None, show: Show | None
) -> Generator[Review | ArticleError, None, None]:
    if not paths:
        return
    from harness import pipeline
    from harness.pipeline import many

    yield from many.review_all(paths, options, jobs=jobs or pipeline.default_jobs(), show=show)
