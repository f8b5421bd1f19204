"""What watching costs a training: ``python -m tests.benchmarks.overhead`` writes docs/benchmarks/overhead.md.

The programs beside this file train in five styles.  Each is run to its end twice a round, confined both
times: as ``errata run`` runs it, and as ``errata review`` does, but with no bound on what is watched.
Takes about 25 minutes, ``--seconds 10 --rounds 1`` about three; status 1 says that watching costs too much.

The two runs take turns of two seconds, because on a shared machine the same training takes more of the
processor's time in one minute than in another.  So there is no time on the wall to be told.  With names of
programs only these are run, and the page is printed instead of written.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median

from harness.listing import read_article, read_listing
from tests.benchmarks.overhead.trainings import alone, watched
from tests.benchmarks.overhead.turns import turn_about

ROOT = Path(__file__).parents[3]
PROGRAMS = {path.stem: path for path in sorted((Path(__file__).parent / "programs").glob("*.md"))}
MOST = 0.10  # of a training's time
_PROBED = 300  # updates from which the length of a training is reckoned


@dataclass(frozen=True)
class Runs:
    """The runs of one program in the order in which they were made: processor seconds of all threads."""

    updates: int
    alone: list[float]
    watched: list[float]

    @property
    def overhead(self) -> float:
        """How much more processor time a training takes while it is watched, as a share of its time."""
        return median(self.watched) / median(self.alone) - 1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.overhead", description=__doc__)
    parser.add_argument("program", nargs="*", help=f"of {', '.join(PROGRAMS)} (all)")
    parser.add_argument("--seconds", type=float, default=60, help="length of a training, about (60)")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks/overhead.md", metavar="FILE")
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    if unknown := set(options.program) - set(PROGRAMS):
        parser.error(f"no program {', '.join(sorted(unknown))}; there are {', '.join(PROGRAMS)}")
    runs = {
        name: measure(PROGRAMS[name], options.seconds, options.rounds) for name in options.program or PROGRAMS
    }
    command = f"python -m tests.benchmarks.overhead --seconds {options.seconds:g} --rounds {options.rounds}"
    if options.program:
        print(page(runs, command, load))
    else:
        options.output.write_text(page(runs, command, load), encoding="utf-8")
    return int(any(one.overhead > MOST for one in runs.values()))


def measure(program: Path, seconds: float, rounds: int) -> Runs:
    """What each training takes, alone and watched, turn about."""
    (probed,) = turn_about([partial(alone, of_length(program, _PROBED))])
    updates = max(100, 100 * round(_PROBED / probed * seconds / 100))
    text, runs = of_length(program, updates), Runs(updates, [], [])
    for number in range(rounds):
        took = turn_about([partial(alone, text), partial(watched, text)])
        for way, found, one in zip(("alone", "watched"), (runs.alone, runs.watched), took, strict=True):
            found.append(one)
            now = f"round {number + 1}, {program.stem}: {updates} updates {way}: {one:.1f} CPU s"
            print(now, file=sys.stderr, flush=True)
    return runs


def of_length(program: Path, updates: int) -> str:
    """The program's text, made to train so many updates."""
    printed = read_listing(read_article(program)).text
    text, replaced = re.subn(r"^UPDATES = \d+$", f"UPDATES = {updates}", printed, flags=re.MULTILINE)
    assert replaced == 1, f"{program.name}: found {replaced} lines 'UPDATES = ...', expected one"
    return text


def page(runs: Mapping[str, Runs], command: str, load: float) -> str:
    """The figures as Markdown."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras"))
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    machine = f"{os.cpu_count()} cores, {system}, {packages}"
    rows = "\n".join(
        f"| `{name}` | {one.updates} | {_seconds(one.alone)} | {_seconds(one.watched)} | {one.overhead:+.1%} "
        f"| {'met' if one.overhead <= MOST else '**missed**'} |"
        for name, one in runs.items()
    )
    return f"""\
# What watching costs

Written by `{command}` from its own output. Do not edit.

{machine}; load when it began: {load:.1f}.

Processor time that the training itself takes, by the program's own clock, in two runs of the same program
that took turns of two seconds: confined and alone, as `errata run` runs it, and watched to the last update.
(A review watches the first updates only.) Wanted: at most {MOST:.0%} more, between the medians of the rounds.

| program | updates | alone, CPU s | watched, CPU s | more |  |
| --- | --- | --- | --- | --- | --- |
{rows}
"""


def _seconds(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values)


if __name__ == "__main__":
    sys.exit(main())
