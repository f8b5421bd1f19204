"""Throughput by pytest-benchmark, with the workers that ``errata bench`` uses.

``pytest tests/benchmarks/test_throughput.py -m full --benchmark-only`` measures the corrected programs;
every run of the tests does so with a small one, behind the sandbox's walls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.data.full import full_archive
from harness.measure.throughput.conductor import VARIANTS, Conductor
from harness.measure.throughput.hand import Hand
from harness.measure.throughput.plan import QUICK, Subject
from harness.measure.throughput.ways import read_way
from harness.pipeline import benching
from harness.pipeline.options import Options
from harness.pipeline.reviewing import open_sandbox
from harness.report import bench_json, read_bench
from harness.sandbox import SandboxUnavailable
from tests.benchmarks.samples import WAY
from tests.measure.test_program import PROGRAM

ROOT = Path(__file__).parents[2]
SLUGS = sorted(path.stem for path in ROOT.glob("fixed/*.py"))
FAST = replace(QUICK, rounds=3, region=0.05, warm=0.05, preparing=120)

Benchmark = Callable[..., Any]


@pytest.fixture
def started() -> Iterator[Callable[[Subject, str], Hand]]:
    """Starts a worker for a variant of a program."""
    hands: list[Hand] = []

    def start(subject: Subject, variant: str) -> Hand:
        way = subject.way.as_json() if subject.way else None
        job = {
            "variant": variant,
            "backend": subject.backend,
            "device": subject.device,
            "way": way,
            "seed": 0,
            "warm_seconds": 0.2,
            "compilers": False,
        }
        hands.append(Hand(open_sandbox(), job, subject.text, full_archive().path, 600))
        hands[-1].started(120)
        return hands[-1]

    yield start
    for hand in hands:
        hand.close(10)


def timed(benchmark: Any, hand: Hand, subject: Subject, rounds: int) -> None:
    """One training call in steady state, again and again."""
    step = hand.begin(subject.batch, 180)["step"]
    steps = max(1, round(0.2 / step))
    benchmark.extra_info["images_per_step"] = subject.batch
    benchmark.pedantic(lambda: hand.region(steps, 0, 120), rounds=rounds, iterations=1)


@pytest.mark.slow
def test_a_small_program(benchmark: Any, started: Callable[[Subject, str], Hand]) -> None:
    subject = Subject("small", PROGRAM, WAY)
    timed(benchmark, started(subject, "corrected"), subject, 3)


@pytest.mark.full
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_corrected_program(
    benchmark: Any, started: Callable[[Subject, str], Hand], slug: str, variant: str
) -> None:
    way = read_way(ROOT / "articles" / slug / "bench.toml")
    if variant == "article_way" and way is None:
        pytest.skip("the article has no way of training")
    benchmark.group = slug
    subject = Subject(slug, (ROOT / "fixed" / f"{slug}.py").read_text(), way)
    timed(benchmark, started(subject, variant), subject, 7)


@pytest.mark.slow
def test_programs_are_measured_behind_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    """From two programs to a document, one of which fails; everything is real but the effort."""
    monkeypatch.setattr(benching, "EFFORTS", {"quick": FAST})
    steps: list[str] = []
    chosen = (Subject("small", PROGRAM, WAY), Subject("broken", "raise ValueError('no')\n", None))
    made = list(benching.bench(chosen, Options(), "quick", steps.append))
    found = read_bench(bench_json(made[-1].document()), "this")
    assert found["complete"]
    assert found["command"] == "errata bench small broken --quick --backend tensorflow --device cpu"
    assert found["confinement"] == open_sandbox().confinement.backend != "none"
    small, broken = found["programs"]
    assert small["images_per_second"]["median"] > 0
    assert small["ratio_to_reference"] > 0
    assert small["ratio_to_article_way"] > 1
    assert small["compile_seconds"] > 0
    assert small["utilisation"] > 0
    assert small["peak_memory_bytes"] > 2**26
    assert small["reference"]["chosen"] in small["reference"]["candidates"]
    assert broken["error"].startswith("ProgramError: ")
    assert "it raises ValueError: no" in broken["error"]
    (limit,) = found["limits"]
    assert limit["flops_per_second"]["median"] > 1e8
    assert limit["bytes_per_second"]["median"] > 1e7
    assert any("round 3 of 3" in step for step in steps)


class Forks:
    """In the place of a warm sandbox."""

    closed = False

    def close(self) -> None:
        self.closed = True


def test_workers_on_tensorflow_and_a_cpu_are_forks_of_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    cold: Any = object()
    opened: list[tuple[Any, Any]] = []

    def open_warm(sandbox: Any, *process: object) -> Forks:
        forks = Forks()
        opened.append((sandbox, forks))
        return forks

    monkeypatch.setattr(benching, "open_warm", open_warm)
    with benching.sandboxes(cold, Path("mnist.npz")) as sandbox_of:
        assert sandbox_of("jax", "cpu") is sandbox_of("tensorflow", "gpu") is cold
        assert not opened
        warm: object = sandbox_of("tensorflow", "cpu")
        assert sandbox_of("tensorflow", "cpu") is warm
        ((walls, forks),) = opened
        assert walls is cold
        assert [forks] == [warm]
        assert not forks.closed
    assert forks.closed


def test_where_no_process_can_be_forked_each_worker_starts_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_warm(*process: object) -> Forks:
        raise SandboxUnavailable("this sandbox starts every run afresh")

    monkeypatch.setattr(benching, "open_warm", open_warm)
    cold: Any = object()
    with benching.sandboxes(cold, Path("mnist.npz")) as sandbox_of:
        assert sandbox_of("tensorflow", "cpu") is cold


@pytest.mark.slow
def test_a_program_that_looks_for_the_network_finds_none() -> None:
    text = "import socket\nsocket.create_connection(('127.0.0.1', 22), 1)\n"
    sandbox = open_sandbox()
    conductor = Conductor(lambda *place: sandbox, full_archive().path, FAST, lambda step: None)
    (row,) = conductor.rows([Subject("sly", text, None)], lambda subject: None)
    assert "it raises" in row.document["error"]
    assert row.rate is None


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends(backend: str) -> None:
    pytest.importorskip(backend, reason=f"needs {backend}, which this environment does not have")
    sandbox = open_sandbox()
    conductor = Conductor(lambda *place: sandbox, full_archive().path, FAST, lambda step: None)
    (row,) = conductor.rows([Subject("small", PROGRAM, None, backend)], lambda subject: None)
    assert row.document.get("error") is None
    assert row.document["reference"].get("error") is None
    assert row.document["ratio_to_reference"] > 0
