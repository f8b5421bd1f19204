"""The benchmark of watching reckons, judges and writes what was measured."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from harness.listing import read_listing
from harness.model import Article
from tests.benchmarks.overhead import __main__ as benchmark
from tests.benchmarks.overhead import trainings
from tests.benchmarks.overhead.trainings import told
from tests.benchmarks.overhead.turns import turn_about


@pytest.mark.parametrize("program", benchmark.PROGRAMS.values(), ids=list(benchmark.PROGRAMS))
def test_a_program_trains_as_long_as_it_is_told(program: Path) -> None:
    text = benchmark.of_length(program, 700)
    assert text.count("UPDATES = 700\n") == 1
    assert 'print("seconds", ' in text
    assert read_listing(Article("program.py", "0" * 64, text, "script")).text.strip()


def test_a_program_without_a_length_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "endless.md"
    program.write_text("# Endless\n\n```python\nwhile True:\n    pass\n```\n")
    with pytest.raises(AssertionError, match=r"endless\.md: found 0 lines"):
        benchmark.of_length(program, 100)


@pytest.mark.parametrize(("slowed", "status"), [(1.08, 0), (1.25, 1)])
def test_the_page_and_the_status_say_what_watching_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slowed: float, status: int
) -> None:
    def turn_about(works: Sequence[Callable[[], float]]) -> list[float]:
        return [work() for work in works]

    def training(factor: float, text: str) -> float:
        return int(text.partition("UPDATES = ")[2].split()[0]) * 0.02 * factor

    monkeypatch.setattr(benchmark, "turn_about", turn_about)
    monkeypatch.setattr(benchmark, "alone", partial(training, 1.0))
    monkeypatch.setattr(benchmark, "watched", partial(training, slowed))
    output = tmp_path / "overhead.md"
    assert benchmark.main(["--seconds", "60", "--rounds", "2", "--output", str(output)]) == status
    page = output.read_text()
    verdict = "met" if status == 0 else "**missed**"
    cpu = f"{60 * slowed:.1f}"
    assert f"| `fit` | 3000 | 60.0, 60.0 | {cpu}, {cpu} | +{slowed - 1:.1%} | {verdict} |" in page
    assert page.count(verdict) == len(benchmark.PROGRAMS)


def test_a_program_that_fails_is_told_with_its_own_words() -> None:
    assert told(b"seconds 2.5\n", b"") == 2.5
    with pytest.raises(AssertionError, match="no such layer"):
        told(b"", b"no such layer")


def test_no_two_take_their_turn_at_the_same_time() -> None:
    spun = turn_about([partial(spin, 0.5), partial(spin, 0.5)], seconds=0.1)
    turns = sorted((*turn, number) for number, (intervals, _) in enumerate(spun) for turn in intervals)
    changes = [(first, second) for first, second in pairwise(turns) if first[2] != second[2]]
    assert len(changes) >= 4
    assert all(second[0] >= first[1] - 0.01 for first, second in changes)
    for intervals, child_seconds in spun:
        assert 0 < child_seconds <= sum(ended - begun for begun, ended in intervals) + 0.2


def spin(cpu_seconds: float) -> tuple[list[tuple[float, float]], float]:
    """Work so long beside a child that works too: intervals without a stop, and the child's CPU seconds."""
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    found, begun = [], time.monotonic()
    seen, until = begun, time.process_time() + cpu_seconds
    while time.process_time() < until:
        now = time.monotonic()
        if now - seen > 0.04:
            found.append((begun, seen))
            begun = now
        seen = now
    child.kill()
    child.wait()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return [*found, (begun, seen)], usage.ru_utime + usage.ru_stime


def test_a_work_that_gives_no_result_is_told() -> None:
    with pytest.raises(RuntimeError, match="status 3 and gave no result"):
        turn_about([partial(sys.exit, 3), partial(spin, 0.1)])


def test_another_process_finds_the_works() -> None:
    """A process that is started anew does not import ``__main__`` of a package."""
    assert {work.__module__ for work in (trainings.alone, trainings.watched)} == {trainings.__name__}
    assert vars(benchmark)["alone"] is trainings.alone
