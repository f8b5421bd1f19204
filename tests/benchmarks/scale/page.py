"""The page of figures, written from what was measured and from nothing else."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

from tests.benchmarks.scale.watching import Measured

#: Whose versions matter; all have to be there.
PACKAGES = ("tensorflow", "keras", "distributed", "nbmake", "pytest-markdown-docs", "ipykernel")

#: What of the commands side by side is Errata's.
OURS = ("1 job", "2 jobs", "cluster of 2 workers")

Rounds = Sequence[Measured]
_MEBI = 2**20
_TERMS = """\
- *cold*: each run in a process of its own; *warm*: forked from one that has TensorFlow loaded, whose start is
  included; *cached*: a second time. All confined, one job unless said otherwise.
- *floor*: the articles' own statements in one process that imports TensorFlow once, with as many training
  updates as a review watches; unconfined, nothing watched, mended or judged.
- *nbmake* starts a kernel for each article, stops at the first cell that raises, or that takes 60 seconds.
  *pytest-markdown-docs* executes each block on its own, all in one process. Neither confines, goes on after a
  fault, nor judges what was trained; both train to the end where they get that far.
- All load the whole of MNIST but *floor*, which loads 1,000 images of each part: past a statement that raises
  one article feeds all of them as one batch, which a review bounds, too."""
_SHARED = """\
- *floor*: as above, with one thread for an operation, as reviews have. *2 floors at once* are two such
  processes, of which each does all of it: how much more the machine does when it has two things to do.
- *nbmake* is one process, as it is without options; *2 processes* are those of pytest-xdist with `-n 2`."""
_COUNTING = """\
Two jobs. Memory is that of all processes at the worst moment, shared pages divided among those that share;
descriptors are those of Errata's own processes, medians of the first and of the second half."""


@dataclass
class Results:
    """Everything that was measured; lists are of one command's rounds."""

    command: str
    articles: int
    five: dict[str, list[Measured]] = field(default_factory=dict)
    side_by_side: dict[str, list[Measured]] = field(default_factory=dict)
    many: int = 0  # articles in ``side_by_side``'s own reviews
    few: int = 0  # articles that the other tools executed there
    counts: dict[int, Measured] = field(default_factory=dict)
    same_output: bool = False  # one job, two jobs, and a cluster


@dataclass(frozen=True)
class Target:
    """What has to hold, and what was found."""

    what: str
    found: str
    wanted: str
    met: bool


def seconds(rounds: Rounds) -> float:
    """The median of the rounds' times."""
    return median(one.seconds for one in rounds)


def targets(results: Results) -> list[Target]:
    """All that has to hold."""
    five, both = results.five, results.side_by_side
    ratio = seconds(five["warm"]) / seconds(five["imports"])
    wide = seconds(five["warm, a job a core"]) / seconds(five["imports"])
    cached = seconds(five["cached"])
    ours = results.many / seconds(both["2 jobs"])
    plain, spread = (results.few / seconds(both[name]) for name in ("nbmake", "nbmake, 2 processes"))
    gain = seconds(both["1 job"]) / seconds(both["2 jobs"])
    most = 2 * seconds(both["floor"]) / seconds(both["2 floors at once"])
    found = [
        Target("warm against imports of TensorFlow alone", f"{ratio:.3f}", "at most 0.5", ratio <= 0.5),
        Target("the same with a job a core, as without --jobs", f"{wide:.3f}", "at most 0.5", wide <= 0.5),
        Target("all cached, process start included", f"{cached:.2f} s", "under 0.3 s", cached < 0.3),
        Target("articles a minute against nbmake", f"{ours / plain:.1f}", "at least 4", ours >= 4 * plain),
        Target(
            "the same against 2 processes of nbmake", f"{ours / spread:.1f}", "at least 4", ours >= 4 * spread
        ),
        Target(
            "two jobs against one",
            f"{gain:.2f}, where two floors at once reach {most:.2f}",
            "at least 1.7",
            gain >= 1.7,
        ),
        Target(
            "output of one job, two jobs, a cluster", _yes(results.same_output), "same", results.same_output
        ),
    ]
    return found + _of_counts(results.counts)


def _of_counts(counts: Mapping[int, Measured]) -> list[Target]:
    few, *_, most = sorted(counts)
    per_article = [counts[count].seconds / count for count in (few, most)]
    memory = [counts[count].memory for count in (few, most)]
    first, second = counts[most].descriptors()
    left = sum(one.left_processes + one.left_files for one in counts.values())
    slower, larger = per_article[1] / per_article[0], memory[1] / memory[0]
    return [
        Target(
            f"time for one of {most:,} against one of {few}", f"{slower:.2f}", "at most 1.15", slower <= 1.15
        ),
        Target(f"peak memory of {most:,} against {few}", f"{larger:.2f}", "at most 1.25", larger <= 1.25),
        Target(
            f"descriptors in the second half of {most:,} against the first",
            f"{second - first:+d}",
            "no more",
            second <= first,
        ),
        Target("processes, scratch folders left behind", str(left), "0", left == 0),
    ]


def render(results: Results) -> str:
    """The page."""
    held = targets(results)
    lines = [
        "# Scale",
        "",
        f"Written by `{results.command}` from its own output. Do not edit.",
        "",
        *_machine(results),
        "",
        "## What has to hold",
        "",
        *_table(["", "found", "wanted", ""], [[t.what, t.found, t.wanted, _met(t)] for t in held]),
        "",
        f"## {results.articles} articles",
        "",
        "Medians of rounds in which all took turns. CPU is the processor time of all processes together.",
        "",
        *_table(["", "seconds", "CPU seconds", "load before"], _rows(results.five)),
        "",
        _TERMS,
        "",
        "## Side by side",
        "",
        f"Errata reviewed {results.many} articles, the others executed {results.few} of them, on "
        f"{len(os.sched_getaffinity(0))} cores.",
        "",
        *_table(["", "seconds", "articles a minute", "load before"], _speeds(results)),
        "",
        _SHARED,
        "",
        "## Many articles",
        "",
        _COUNTING,
        "",
        *_table(
            [
                "articles",
                "seconds",
                "seconds an article",
                "peak memory, MiB",
                "descriptors",
                "left behind",
                "load before",
            ],
            _counted(results.counts),
        ),
        "",
    ]
    return "\n".join(lines)


def _machine(results: Results) -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    rounds = len(results.five["warm"])
    python = f"Linux {platform.release()}, Python {platform.python_version()}"
    return [
        f"{len(os.sched_getaffinity(0))} cores ({model}), {python}, {packages}; "
        f"{rounds} {'round' if rounds == 1 else 'rounds'}.",
        "A load above the number of cores before a command says that others were using the machine: then its",
        "times are not to be relied on.",
    ]


def _rows(rounds: Mapping[str, Rounds]) -> list[list[str]]:
    return [
        [name, f"{seconds(all_):.2f}", f"{median(one.cpu_seconds for one in all_):.2f}", _load(all_)]
        for name, all_ in rounds.items()
    ]


def _speeds(results: Results) -> list[list[str]]:
    rows = []
    for name, rounds in results.side_by_side.items():
        count = results.many if name in OURS else results.few
        if name == "2 floors at once":
            count *= 2
        rows.append([name, f"{seconds(rounds):.1f}", f"{60 * count / seconds(rounds):.1f}", _load(rounds)])
    return rows


def _counted(counts: Mapping[int, Measured]) -> list[list[str]]:
    return [
        [
            f"{count:,}",
            f"{one.seconds:.1f}",
            f"{one.seconds / count:.2f}",
            f"{one.memory / _MEBI:.0f}",
            "{} and {}".format(*one.descriptors()),
            f"{one.left_processes} processes, {one.left_files} files",
            f"{one.load:.1f}",
        ]
        for count, one in sorted(counts.items())
    ]


def _load(rounds: Rounds) -> str:
    return f"{median(one.load for one in rounds):.1f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def _yes(held: bool) -> str:
    return "same" if held else "different"


def _met(target: Target) -> str:
    return "met" if target.met else "**missed**"
