"""The rows in the form of pytest-benchmark's own JSON.

``pytest-benchmark compare`` reads it, and github-action-benchmark as its tool ``pytest``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

_VARIANTS = ("article_way", "reference")


def as_pytest_benchmark(machine: Mapping[str, Any], programs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The keys of a pytest-benchmark document; one benchmark for each variant that was measured."""
    return {
        "machine_info": {
            "node": "",
            "processor": machine["processor"],
            "machine": machine["architecture"],
            "system": machine["system"],
            "python_version": machine["python"],
            "cpu": {"brand_raw": machine["processor"], "count": machine["cores"]},
        },
        "commit_info": {"id": "", "dirty": False},
        "benchmarks": [
            _benchmark(row, name, measured) for row in programs for name, measured in _measured(row)
        ],
        "datetime": machine["time"],
        "version": version("errata"),
    }


def _measured(row: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if row.get("images_per_second"):
        yield "corrected", row
    for name in _VARIANTS:
        if row.get(name) and row[name].get("images_per_second"):
            yield name, row[name]


def _benchmark(row: Mapping[str, Any], variant: str, measured: Mapping[str, Any]) -> dict[str, Any]:
    name = f"{row['slug']}[{row['backend']}-{row['device']}-{row['batch']}-{variant}]"
    return {
        "group": f"{row['slug']}, batch {row['batch']}, {row['backend']} on {row['device']}",
        "name": name,
        "fullname": f"errata bench::{name}",
        "params": {key: row[key] for key in ("backend", "device", "batch")} | {"variant": variant},
        "param": "-".join(str(row[key]) for key in ("backend", "device", "batch")) + f"-{variant}",
        "extra_info": {"images_per_second": measured["images_per_second"]["median"]},
        "options": {
            "disable_gc": False,
            "timer": "perf_counter",
            "min_rounds": len(measured["rounds"]),
            "max_time": 0.0,
            "min_time": 0.0,
            "warmup": True,
        },
        "stats": _stats([one["seconds"] / one["steps"] for one in measured["rounds"]]),
    }


def _stats(seconds: Sequence[float]) -> dict[str, Any]:
    """pytest-benchmark's statistics of seconds a step."""
    times = np.asarray(seconds, np.float64)
    low, median, high = np.quantile(times, (0.25, 0.5, 0.75))
    reach = 1.5 * (high - low)
    inside = times[(times >= low - reach) & (times <= high + reach)]
    mean, deviation = float(times.mean()), float(times.std(ddof=1)) if len(times) > 1 else 0.0
    far = int((np.abs(times - mean) > deviation).sum()) if deviation else 0
    return {
        "min": float(times.min()),
        "max": float(times.max()),
        "mean": mean,
        "stddev": deviation,
        "rounds": len(times),
        "median": float(median),
        "iqr": float(high - low),
        "q1": float(low),
        "q3": float(high),
        "iqr_outliers": len(times) - len(inside),
        "stddev_outliers": far,
        "outliers": f"{far};{len(times) - len(inside)}",
        "ld15iqr": float(inside.min()),
        "hd15iqr": float(inside.max()),
        "ops": 1 / mean,
        "total": float(times.sum()),
        "iterations": 1,
        "data": [float(one) for one in times],
    }
