"""A throughput document without a measurement, for reports and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.measure.throughput import benchmarks
from harness.measure.throughput.plan import Subject
from harness.measure.throughput.results import Limit, Variant, row
from harness.measure.throughput.ways import Way

WAY = Way("predict, then train_on_batch", "1-9", "predict", "train_on_batch", "once", "separate", "batch")
PROGRAM = "gan.fit(images, batch_size=100, epochs=2)\n"
MACHINE: dict[str, Any] = {
    "processor": "Test Processor",
    "architecture": "x86_64",
    "vector": ["avx2"],
    "cores": 2,
    "threads": 2,
    "memory_bytes": 8 * 2**30,
    "gpus": [],
    "driver": None,
    "system": "Linux 6",
    "python": "3.12.0",
    "packages": {"keras": "3.15.1"},
    "load": 0.1,
    "load_after": 1.0,
    "time": "2026-11-21T12:00:00+00:00",
}
LIMITS = {"matmul": Limit("CPU", [1e11, 1.1e11, 0.9e11]), "copy": Limit("CPU", [1e10, 1.1e10, 0.9e10])}
QUIET = (1.0, 1.01, 0.99, 1.02, 0.98, 1.0, 1.005)


def variant(batch: int, step: float, factors: Sequence[float] = QUIET, **details: Any) -> Variant:
    """A variant whose step takes these seconds, times a factor for each round."""
    begun = {"first": 2.0, "first_steps": 1.0, "step": step}
    known = {"peak_memory": 2**29, "cost": {"flops": 10**8, "bytes": 10**7}, **details}
    return Variant(batch, begun, [(50, 50 * step * factor) for factor in factors], known)


def program(
    slug: str = "one", batch: int = 100, step: float = 0.004, *, way: Way | None = WAY, **others: Any
) -> dict[str, Any]:
    """A row; ``others`` are the variants by name, in the place of quick ones."""
    subject = Subject(slug, PROGRAM, way)
    found = {
        "corrected": variant(batch, step, steps_per_call=10),
        "reference": variant(batch, 0.0038, chosen="tf.function", candidates={"tf.function": 0.0038}),
        **({"article_way": variant(batch, 0.012)} if way else {}),
        **others,
    }
    return dict(row(subject, batch, batch == subject.batch, found, LIMITS).document)


def document(*programs: dict[str, Any], complete: bool = True) -> dict[str, Any]:
    """A whole document of these rows."""
    limit = {
        "backend": "tensorflow",
        "device": "cpu",
        "name": "CPU",
        "flops_per_second": LIMITS["matmul"].spread.as_json(),
        "bytes_per_second": LIMITS["copy"].spread.as_json(),
    }
    return {
        "schema": 1,
        "machine": dict(MACHINE),
        "command": "errata bench one --quick --backend tensorflow --device cpu",
        "effort": "quick",
        "confinement": "bubblewrap",
        "complete": complete,
        "limits": [limit],
        "programs": list(programs),
        **benchmarks.as_pytest_benchmark(MACHINE, programs),
    }
