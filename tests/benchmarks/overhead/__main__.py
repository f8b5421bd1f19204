"""What watching costs a training: ``python -m tests.benchmarks.overhead`` writes docs/benchmarks/overhead.md.

The programs beside this file train in five styles.  Each is run to its end twice a round, confined both
times: as ``errata run`` runs it, and as ``errata review`` does, but with no bound on what is watched.
Takes about 25 minutes, ``--seconds 10 --rounds 1`` about three; status 1 says that watching costs too much.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

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

Runs = dict[str, dict[str, list[float]]]


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
    return int(any(overhead(one) > MOST for one in runs.values()))


def measure(program: Path, seconds: float, rounds: int, sandbox: Sandbox) -> dict[str, list[float]]:
    """Seconds of each training, alone and watched, turn about."""
    ways: dict[str, Callable[[str, Sandbox], float]] = {"alone": alone, "watched": watched}
    probe = _PROBED / alone(of_length(program, _PROBED), sandbox)
    updates = max(100, 100 * round(probe * seconds / 100))
    text, found = of_length(program, updates), {"updates": [float(updates)], "alone": [], "watched": []}
    for number in range(rounds):
        # Each second round the other way round: nobody always follows the same neighbour.
        for way in list(ways)[:: 1 if number % 2 == 0 else -1]:
            found[way].append(ways[way](text, sandbox))
            print(f"{program.stem}: {updates} updates {way}: {found[way][-1]:.1f} s", file=sys.stderr)
    return found


def of_length(program: Path, updates: int) -> str:
    """The program's text, made to train so many updates."""
    printed = read_listing(read_article(program)).text
    text, replaced = re.subn(r"^UPDATES = \d+$", f"UPDATES = {updates}", printed, flags=re.MULTILINE)
    assert replaced == 1, f"{program.name}: found {replaced} lines 'UPDATES = ...', expected one"
    return text


def alone(text: str, sandbox: Sandbox) -> float:
    """Seconds that the training takes by its own clock, in a run that nobody watches."""
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


def watched(text: str, sandbox: Sandbox) -> float:
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


def told(stdout: bytes, stderr: bytes) -> float:
    """The seconds that a program printed."""
    found = re.search(rb"^seconds (\S+)$", stdout, flags=re.MULTILINE)
    assert found, stderr.decode(errors="replace")[-2000:]
    return float(found[1])


def overhead(runs: dict[str, list[float]]) -> float:
    """How much longer a training takes while it is watched, as a share of its time."""
    return median(runs["watched"]) / median(runs["alone"]) - 1


def page(runs: Runs, command: str, load: float) -> str:
    """The figures as Markdown."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras"))
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    machine = f"{os.cpu_count()} cores, {system}, {packages}"
    rows = "\n".join(
        f"| `{name}` | {one['updates'][0]:.0f} | {_seconds(one['alone'])} | {_seconds(one['watched'])} "
        f"| {overhead(one):+.1%} | {'met' if overhead(one) <= MOST else '**missed**'} |"
        for name, one in runs.items()
    )
    return f"""\
# What watching costs

Written by `{command}` from its own output. Do not edit.

{machine}; load when it began: {load:.1f}.

Seconds of the training itself, by the program's own clock, in runs of the same program that took turns:
confined and alone, as `errata run` runs it, and watched to the last update. (A review watches the first
updates only.) Wanted: at most {MOST:.0%} more, between the medians.

| program | updates | alone, s | watched, s | more |  |
| --- | --- | --- | --- | --- | --- |
{rows}
"""


def _seconds(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values)


if __name__ == "__main__":
    sys.exit(main())
