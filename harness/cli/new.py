"""``errata new``: take an article under care."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness import console
from harness.cli._options import add_run_options, options, place
from harness.cli._status import Status

HELP = "make a folder for an article, review it, and draft its errata"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("slug", metavar="SLUG", help="the folder's name, e.g. dense_gan")
    parser.add_argument("article", type=place, metavar="ARTICLE", help="the article's Markdown file")
    parser.add_argument("--articles", type=place, default=Path("articles"), metavar="DIR")
    add_run_options(parser)
    parser.set_defaults(run=_new)


def _new(arguments: argparse.Namespace) -> Status:
    from harness import pipeline

    folder, first = pipeline.scaffold(
        arguments.slug, arguments.article, arguments.articles, options(arguments)
    )
    count = len(first.findings)
    usual = arguments.articles == Path("articles")
    elsewhere = "" if usual else f" --articles {arguments.articles}"
    console.write(
        f"made {folder} with {count} drafted {'erratum' if count == 1 else 'errata'}\n"
        f"next: edit {folder / 'errata.toml'}, then run: errata apply {arguments.slug}{elsewhere}\n"
    )
    return Status.CLEAN
