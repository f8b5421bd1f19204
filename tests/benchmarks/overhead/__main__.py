"""What watching costs a training: ``python -m tests.benchmarks.overhead`` writes docs/benchmarks/overhead.md.

The programs beside this file train in five styles.  Each is run to its end twice a round, confined both
times: as ``errata run`` runs it, and as ``errata review`` does, but with no bound on what is watched.
Takes about 25 minutes, ``--seconds 10 --rounds 1`` about three; status 1 says that watching costs too much.

What counts is the processor's time: on a shared machine the same training takes half as long again by the
clock on the wall in one run, and not in the next.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

from harness.data.full import full_archive
from harness.listing import read_article, read_listing
from harness.model import Article, Budget, Limits, Sandbox
from harness.pipeline import open_sandbox
from harness.run.parent import Job, run
from harness.run.plain import run_plainly

ROOT = Path(__file__).parents[3]
PROGRAMS = tuple(sorted((Path(__file__).parent / "programs").glob("*.md")))
MOST = 0.10  # of a training's time
_PROBED = 300  # updates from which the length of a training is reckoned
_LIMITS = Limits(wall_seconds=1800, cpu_seconds=3600)


class Took(NamedTuple):
    """Seconds that a training took, by the program's own clocks."""

    wall: float
    cpu: float  # of all threads


@dataclass(frozen=True)
class Runs:
    """The runs of one program, in the order in which they were made."""

    updates: int
    alone: list[Took]
    watched: list[Took]

    @property
    def overhead(self) -> float:
        """How much more processor time a training takes while it is watched, as a share of its time."""
        return median(took.cpu for took in self.watched) / median(took.cpu for took in self.alone) - 1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.overhead", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="length of a training, about (60)")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks/overhead.md", metavar="FILE")
    options = parser.parse_args(arguments)
    sandbox, load = open_sandbox(), os.getloadavg()[0]
    runs = {program.stem: measure(program, options.seconds, options.rounds, sandbox) for program in PROGRAMS}
    command = f"python -m tests.benchmarks.overhead --seconds {options.seconds:g} --rounds {options.rounds}"
    options.output.write_text(page(runs, command, load), encoding="utf-8")
    return int(any(one.overhead > MOST for one in runs.values()))


def measure(program: Path, seconds: float, rounds: int, sandbox: Sandbox) -> Runs:
    """What each training takes, alone and watched, turn about."""
    probe = _PROBED / alone(of_length(program, _PROBED), sandbox).wall
    updates = max(100, 100 * round(probe * seconds / 100))
    text, runs = of_length(program, updates), Runs(updates, [], [])
    ways = [("alone", alone, runs.alone), ("watched", watched, runs.watched)]
    for number in range(rounds):
        # Each second round the other way round: nobody always follows the same neighbour.
        for way, measured, found in ways[:: 1 if number % 2 == 0 else -1]:
            took = measured(text, sandbox)
            found.append(took)
            told_now = f"{program.stem}: {updates} updates {way}: {took.wall:.1f} s, {took.cpu:.1f} CPU s"
            print(told_now, file=sys.stderr, flush=True)
    return runs


def of_length(program: Path, updates: int) -> str:
    """The program's text, made to train so many updates."""
    printed = read_listing(read_article(program)).text
    text, replaced = re.subn(r"^UPDATES = \d+$", f"UPDATES = {updates}", printed, flags=re.MULTILINE)
    assert replaced == 1, f"{program.name}: found {replaced} lines 'UPDATES = ...', expected one"
    return text


def alone(text: str, sandbox: Sandbox) -> Took:
    """What the training takes in a run that nobody watches."""
    outcome = run_plainly(
        text,
        sandbox,
        _LIMITS,
        backend="tensorflow",
        mnist=full_archive(None).path,
        keep=lambda scratch: None,
        on_output=lambda stream, chunk: None,
    )
    return told(outcome.stdout, outcome.stderr)


def watched(text: str, sandbox: Sandbox) -> Took:
    """The same in a run that is watched from its first update to its last."""
    archive = full_archive(None)
    listing = read_listing(Article("program.py", "0" * 64, text, "script"))
    job = Job(
        Budget(_LIMITS, updates=10**9, busy_seconds=_LIMITS.cpu_seconds),
        mnist=archive.path,
        repeated_from=archive.repeated_from,
    )
    trace = run(listing, job, sandbox)
    return told(trace.outcome.stdout, trace.outcome.stderr)


def told(stdout: bytes, stderr: bytes) -> Took:
    """The seconds that a program printed."""
    found = re.search(rb"^seconds (\S+) (\S+)$", stdout, flags=re.MULTILINE)
    assert found, stderr.decode(errors="replace")[-2000:]
    return Took(float(found[1]), float(found[2]))


def page(runs: Mapping[str, Runs], command: str, load: float) -> str:
    """The figures as Markdown."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras"))
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    machine = f"{os.cpu_count()} cores, {system}, {packages}"
    rows = "\n".join(
        f"| `{name}` | {one.updates} | {_seconds(took.wall for took in one.alone)} "
        f"| {_seconds(took.wall for took in one.watched)} | {_seconds(took.cpu for took in one.alone)} "
        f"| {_seconds(took.cpu for took in one.watched)} | {one.overhead:+.1%} "
        f"| {'met' if one.overhead <= MOST else '**missed**'} |"
        for name, one in runs.items()
    )
    return f"""\
# What watching costs

Written by `{command}` from its own output. Do not edit.

{machine}; load when it began: {load:.1f}.

What the training itself takes, by the program's own clocks, in runs of the same program that took turns:
confined and alone, as `errata run` runs it, and watched to the last update. (A review watches the first
updates only.) Wanted: at most {MOST:.0%} more processor time (CPU), between the medians; the time on the wall
depends on what else the machine does.

| program | updates | alone, s | watched, s | alone, CPU s | watched, CPU s | more |  |
| --- | --- | --- | --- | --- | --- | --- | --- |
{rows}
"""


def _seconds(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values)


if __name__ == "__main__":
    sys.exit(main())
