"""``errata report``: a site to read, one page for each article."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness import console, progress, report
from harness.cli._options import add_cache, add_jobs, add_run_options, jobs, options, place
from harness.cli._status import Status
from harness.cli._tool import this_tool

HELP = "write a site about articles: faults, errata, corrected text, measurements"

# What was measured here, then what is published with the corrected programs.
_RESULTS = (Path("output"), Path("docs/results"), Path("docs/benchmarks"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add = parser.add_argument
    add("folder", type=place, metavar="DIR", help="where the pages go")
    add(
        "paths",
        nargs="*",
        type=place,
        metavar="PATH",
        help="articles, or folders of them (default: articles)",
    )
    told = "a folder of measured results, given once or more; the first that has one counts"
    usual = ", ".join(map(str, _RESULTS))
    add("--results", type=place, action="append", metavar="DIR", help=f"{told} ({usual})")
    add_jobs(parser)
    add_cache(parser)
    add_run_options(parser)
    parser.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> Status:
    from harness import pipeline

    articles = pipeline.find_articles(arguments.paths or [Path("articles")])
    try:
        with progress.line() as show:
            views = pipeline.site_views(
                articles,
                options(arguments),
                arguments.results or _RESULTS,
                jobs=jobs(arguments),
                done=show,
            )
    except pipeline.ResultsError as error:
        console.complain(str(error))
        return Status.BAD_INPUT
    _write(arguments.folder, report.site(views, this_tool()))
    console.write(f"wrote {arguments.folder / 'index.html'}\n")
    return Status.CLEAN


def _write(folder: Path, pages: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise report.OutputError(
            f"{folder}: it cannot be made ({error.strerror}); name another DIR"
        ) from None
    for name, page in pages.items():
        with report.Destination(folder / name) as target:
            target.write(page)
