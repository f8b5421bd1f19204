"""The machine's fingerprint: what a figure depends on besides the program.  Imports no framework."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = ("keras", "tensorflow", "jax", "jaxlib", "torch", "numpy", "errata")
_CPUINFO = Path("/proc/cpuinfo")
_MEMINFO = Path("/proc/meminfo")
_NVIDIA = Path("/proc/driver/nvidia")


def fingerprint(cpuinfo: Path = _CPUINFO, meminfo: Path = _MEMINFO, nvidia: Path = _NVIDIA) -> dict[str, Any]:
    """Processor, GPUs and driver, memory, versions, threads, and the load just now."""
    processor = _fields(cpuinfo)
    return {
        "processor": processor.get("model name") or platform.processor() or platform.machine(),
        "architecture": platform.machine(),
        "vector": [
            name for name in ("avx2", "avx512f", "amx_tile", "asimd", "sve") if name in _flags(processor)
        ],
        "cores": os.cpu_count() or 1,
        "threads": len(os.sched_getaffinity(0)),
        "memory_bytes": _kibibytes(_fields(meminfo).get("MemTotal", "0 kB")),
        "gpus": _gpus(nvidia),
        "driver": _first_line(nvidia / "version"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        "load": load(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def load() -> float:
    """Processes that want a processor, on average of the last minute."""
    return round(os.getloadavg()[0], 2)


def _fields(path: Path) -> dict[str, str]:
    """``name : value`` lines; of a name that comes twice, the first."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip(), value.strip())
    return found


def _flags(processor: dict[str, str]) -> set[str]:
    return set((processor.get("flags") or processor.get("Features") or "").split())


def _kibibytes(text: str) -> int:
    number = text.split()[0] if text.split() else "0"
    return int(number) * 1024 if number.isdigit() else 0


def _gpus(nvidia: Path) -> list[str]:
    """Names of NVIDIA's GPUs, from the kernel's own list: the driver's tools need not be installed."""
    return [_fields(path).get("Model", "unknown") for path in sorted(nvidia.glob("gpus/*/information"))]


def _first_line(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[0].strip()
    except (OSError, IndexError):
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
