"""Many articles, reviewed side by side and answered in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from harness.listing import ArticleError
from harness.model import Review, Sandbox
from harness.pipeline.options import Options
from harness.pipeline.parallel import in_order
from harness.pipeline.reviewing import open_sandbox, review
from harness.sandbox import SandboxUnavailable

Show = Callable[[Path], Callable[[str], None]]
Answer = Review | ArticleError


def review_all(
    paths: Sequence[Path],
    options: Options,
    *,
    jobs: int = 1,
    show: Show | None = None,
    done: Callable[[Answer], object] | None = None,
) -> Iterator[Answer]:
    """The review of each article in the order of ``paths``, or why it cannot be read.

    ``show(path)`` is called when an article's review begins (with several jobs: ends); what it
    returns is told of each step.  ``done`` is told of each answer as soon as it is there.  Raises
    ``SandboxUnavailable`` where something has to be run and nothing can confine it.
    """
    if jobs > 1 and len(paths) > 1:

        def ended(path: Path, answer: Answer) -> None:
            if show is not None:
                show(path)
            if done is not None:
                done(answer)

        yield from in_order(partial(_alone, options=options), paths, jobs, done=ended)
        return
    for path in paths:
        answer = _reviewed(path, options, _sandbox(options), show(path) if show else None)
        if done is not None:
            done(answer)
        yield answer


def _alone(path: Path, options: Options) -> Answer:
    return _reviewed(path, options, _sandbox(options), None)


def _reviewed(
    path: Path, options: Options, sandbox: Sandbox | None, progress: Callable[[str], None] | None
) -> Answer:
    try:
        return review(path, options, sandbox=sandbox, progress=progress)
    except ArticleError as error:
        return error


def _sandbox(options: Options) -> Sandbox | None:
    """None where there is no sandbox, which matters only if something must run."""
    with suppress(SandboxUnavailable):
        return open_sandbox(options.unsafe)
    return None
