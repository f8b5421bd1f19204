"""``errata run``: a program at full length, confined."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from harness import console
from harness.cli._options import add_run_options, options, place
from harness.cli._status import Status
from harness.model import Killed, Limits

if TYPE_CHECKING:
    from harness.pipeline import RunReport

HELP = "run a corrected program, or any article, to its end and keep the files it writes"

_HOUR = 3600.0
_MEMORY = 8 * 2**30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("program", metavar="SLUG|PATH", help="a corrected program's slug, or a file")
    parser.add_argument("--fixed", type=place, default=Path("fixed"), metavar="DIR")
    parser.add_argument(
        "--output", type=place, metavar="DIR", help="where its files go (default: output/NAME)"
    )
    parser.add_argument(
        "--record", action="store_true", help="measure how it learns, and keep that for errata report"
    )
    add_run_options(parser, seconds=_HOUR, updates=False)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> Status:
    from harness import pipeline

    path = _program(arguments.program, arguments.fixed)
    output = arguments.output or Path("output") / path.stem
    seconds = arguments.seconds
    limits = Limits(
        wall_seconds=seconds, cpu_seconds=64 * seconds, memory_bytes=_MEMORY, output_bytes=64 * 2**20
    )
    if arguments.record:
        return _record(path, output, arguments, limits)
    report = pipeline.run_program(path, output, options(arguments), limits, console.Relay())
    return _told(path, report, seconds)


def _record(path: Path, output: Path, arguments: argparse.Namespace, limits: Limits) -> Status:
    from harness import pipeline

    recorded = pipeline.record_program(path, output, options(arguments), limits, console.Relay())
    status = _told(path, recorded.run, arguments.seconds)
    if recorded.lacking:
        console.complain(f"{path}: nothing was recorded: {recorded.lacking}")
        return Status.FINDINGS
    for kept in recorded.files:
        console.complain(f"kept {kept}")
    console.complain(f"{path}: it {'learns' if recorded.learns else 'does NOT learn'}")
    return status


def _told(path: Path, report: RunReport, seconds: float) -> Status:
    for kept in report.kept:
        console.complain(f"kept {kept}")
    outcome = report.outcome
    if outcome.killed is not None:
        limit = f" of {seconds:g} s" if outcome.killed is Killed.WALL else ""
        console.complain(f"{path}: it was ended by the limit on {outcome.killed}{limit}")
        return Status.FINDINGS
    if outcome.exit_code != 0:
        how = f"signal {outcome.signal}" if outcome.signal else f"exit status {outcome.exit_code}"
        console.complain(f"{path}: it ended with {how}")
        return Status.FINDINGS
    return Status.CLEAN


def _program(name: str, fixed: Path) -> Path:
    kept = fixed / f"{name}.py"
    return kept if kept.is_file() and "/" not in name else Path(name)
