"""The benchmark of watching reckons, judges and writes what was measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.listing import read_listing
from harness.model import Article
from tests.benchmarks.overhead import __main__ as benchmark


@pytest.mark.parametrize("program", benchmark.PROGRAMS, ids=lambda path: path.stem)
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
    order: list[str] = []

    def training(way: str, factor: float) -> Callable[..., benchmark.Took]:
        def took(text: str, sandbox: object) -> benchmark.Took:
            order.append(way)
            updates = int(text.partition("UPDATES = ")[2].split()[0])
            return benchmark.Took(updates * 0.01, updates * 0.02 * factor)

        return took

    monkeypatch.setattr(benchmark, "alone", training("alone", 1.0))
    monkeypatch.setattr(benchmark, "watched", training("watched", slowed))
    output = tmp_path / "overhead.md"
    assert benchmark.main(["--seconds", "60", "--rounds", "2", "--output", str(output)]) == status
    page = output.read_text()
    verdict = "met" if status == 0 else "**missed**"
    more = f"+{slowed - 1:.1%}"
    cpu = f"{120 * slowed:.1f}"
    row = f"| `fit` | 6000 | 60.0, 60.0 | 60.0, 60.0 | 120.0, 120.0 | {cpu}, {cpu} | {more} | {verdict} |"
    assert row in page
    assert page.count(verdict) == len(benchmark.PROGRAMS)
    probe, *turns = order[:5]
    assert (probe, turns) == ("alone", ["alone", "watched", "watched", "alone"])


def test_a_program_that_fails_is_told_with_its_own_words() -> None:
    assert benchmark.told(b"seconds 1.5 2.5\n", b"") == (1.5, 2.5)
    with pytest.raises(AssertionError, match="no such layer"):
        benchmark.told(b"", b"no such layer")
