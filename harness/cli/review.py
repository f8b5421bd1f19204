"""``errata review``: articles in, a report out."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness import console, report
from harness.cli._options import (
    add_cache,
    add_cluster,
    add_jobs,
    add_keras,
    add_run_options,
    journal,
    options,
    place,
)
from harness.cli._status import Status, of_reviews
from harness.cli._tool import this_tool
from harness.model import Review, Severity

if TYPE_CHECKING:
    from harness.pipeline.journal import Journal

HELP = "review articles, or folders of them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add = parser.add_argument
    add("paths", nargs="+", type=place, metavar="PATH", help="Markdown, notebook, script, or a folder")
    add("--format", choices=report.formats(), default="text", help="default: text")
    add("--output", type=place, metavar="FILE", help="write the report there, all of it or nothing")
    add("--trace", action="store_true", help="tell for every training call what it moved (text, json, html)")
    levels = [*(level.value for level in Severity), report.NEVER]
    help_ = "exit with 1 from this level on, which is what fails in junit (warning)"
    add("--fail-on", choices=levels, default="warning", help=help_)
    add_jobs(parser)
    add_cluster(parser)
    add_cache(parser)
    add_run_options(parser)
    add_keras(parser)
    parser.set_defaults(run=_review)


def _review(arguments: argparse.Namespace) -> Status:
    if arguments.backend != "tensorflow" and any(2 in versions for versions in arguments.keras or ()):
        console.complain(f"Keras 2 runs on TensorFlow only; found --backend {arguments.backend}")
        return Status.BAD_INPUT
    with contextlib.ExitStack() as stack:
        target = stack.enter_context(report.Destination(arguments.output)) if arguments.output else None
        articles, unreadable = _find(arguments.paths)
        reviews, refused = _review_all(articles, arguments) if articles else ([], [])
        console.complain(*refused)
        if reviews:
            _deliver(reviews, arguments, target)
        return of_reviews(reviews, arguments.fail_on, bad_input=bool(unreadable or refused))


def _find(paths: Sequence[Path]) -> tuple[list[Path], int]:
    """The articles that the paths name, each once and in their order, and how many name none."""
    from harness import pipeline
    from harness.listing import ArticleError

    articles: dict[Path, Path] = {}
    bad = 0
    for path in paths:
        try:
            for article in pipeline.find_articles([path]):
                articles.setdefault(article.resolve(), article)
        except ArticleError as error:
            console.complain(str(error))
            bad += 1
    return list(articles.values()), bad


def _review_all(articles: Sequence[Path], arguments: argparse.Namespace) -> tuple[list[Review], list[str]]:
    """The reviews, and for each article that could not be read what to say about it."""
    from harness import pipeline, progress

    reviews: list[Review] = []
    refused: list[str] = []
    chosen = options(arguments)
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(_kept(arguments))
        show = stack.enter_context(progress.shown(len(articles)))
        for answer in pipeline.review_all(
            articles, chosen, jobs=arguments.jobs, show=show, cluster=arguments.cluster, journal=kept
        ):
            if isinstance(answer, Review):
                reviews.append(answer)
            else:
                refused.append(str(answer))
    return reviews, refused


@contextlib.contextmanager
def _kept(arguments: argparse.Namespace) -> Iterator[Journal | None]:
    """The journal; whatever ends the reviews, its reader is told how to go on."""
    kept = journal(arguments)
    if kept is None:
        yield None
        return
    with kept:
        try:
            yield kept
        except BaseException:
            console.complain(f"what was finished is in {kept.path}; go on with --resume")
            raise


def _deliver(
    reviews: Sequence[Review], arguments: argparse.Namespace, target: report.Destination | None
) -> None:
    usual = report.Page() if target else console.page()
    page = replace(usual, trace=arguments.trace, fail_on=arguments.fail_on)
    document = report.render(arguments.format, reviews, this_tool(), page)
    if target:
        target.write(document)
    else:
        console.write(document)
