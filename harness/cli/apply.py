"""``errata apply``: article + errata = fixed article and its program."""

from __future__ import annotations

import argparse

from harness import console
from harness.cli._articles import add_articles, folders
from harness.cli._status import Status

HELP = "write the fixed articles and their programs from articles and errata"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_articles(parser)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail where a fixed file is stale"
    )
    parser.set_defaults(run=_apply)


def _apply(arguments: argparse.Namespace) -> Status:
    from harness import pipeline

    chosen = folders(arguments.slugs, arguments.articles)
    if arguments.check:
        pipeline.check_errata(chosen, arguments.fixed)
        console.write(f"{len(chosen)} fixed articles and their programs are up to date\n")
        return Status.CLEAN
    for path in pipeline.apply_errata(chosen, arguments.fixed):
        console.write(f"wrote {path}\n")
    return Status.CLEAN
