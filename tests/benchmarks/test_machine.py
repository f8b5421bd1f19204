"""The fingerprint, from files like those of other machines."""

from __future__ import annotations

from pathlib import Path

from harness.measure.throughput.machine import fingerprint


def test_this_machine() -> None:
    found = fingerprint()
    assert found["threads"] >= 1
    assert found["memory_bytes"] > 2**28
    assert {"keras", "tensorflow", "numpy", "errata"} <= found["packages"].keys()
    assert found["load"] >= 0


def test_a_machine_with_a_gpu(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(
        "model name\t: Fast One\nflags\t\t: fpu avx2 avx512f\nmodel name\t: Second\n"
    )
    (tmp_path / "meminfo").write_text("MemTotal:       1024 kB\n")
    for number, model in enumerate(("NVIDIA H200", "NVIDIA H100")):
        folder = tmp_path / "nvidia" / "gpus" / f"0000:0{number}:00.0"
        folder.mkdir(parents=True)
        (folder / "information").write_text(f"Model: \t\t {model}\nIRQ:   \t\t 60\n")
    (tmp_path / "nvidia" / "version").write_text("NVRM version: NVIDIA UNIX 570.1\nGCC version: 12\n")
    found = fingerprint(tmp_path / "cpuinfo", tmp_path / "meminfo", tmp_path / "nvidia")
    assert found["processor"] == "Fast One"
    assert found["vector"] == ["avx2", "avx512f"]
    assert found["memory_bytes"] == 2**20
    assert found["gpus"] == ["NVIDIA H200", "NVIDIA H100"]
    assert found["driver"] == "NVRM version: NVIDIA UNIX 570.1"


def test_a_machine_that_tells_nothing(tmp_path: Path) -> None:
    found = fingerprint(tmp_path / "none", tmp_path / "none", tmp_path / "none")
    assert found["processor"]
    assert (found["memory_bytes"], found["gpus"], found["driver"]) == (0, [], None)
