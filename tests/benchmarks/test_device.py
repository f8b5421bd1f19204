"""Devices: chosen, waited for and read, with the GPU's frameworks replaced where there is no GPU."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.measure.throughput import device as devices
from harness.measure.throughput.device import DeviceError, choose, environment


def test_the_cpu_is_kept_to_before_a_backend_is_imported() -> None:
    for backend in ("tensorflow", "jax", "torch"):
        assert environment(backend, "cpu")["CUDA_VISIBLE_DEVICES"] == ""
    assert environment("jax", "gpu")["JAX_PLATFORMS"] == "cuda"
    assert environment("torch", "gpu") == {"KERAS_TORCH_DEVICE": "cuda"}
    assert environment("tensorflow", "gpu") == {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}


def test_this_module_imports_no_framework() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, harness.pipeline.benching, harness.cli.bench;"
            "print([name for name in ('keras', 'tensorflow', 'jax', 'torch') if name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_tensorflow_on_the_cpu() -> None:
    found = choose("tensorflow", "cpu")
    found.synchronise()
    assert found.kind == "cpu"
    assert found.peak_memory() > 2**20


def tensorflow(gpus: list[Any]) -> Any:
    waited: list[str] = []
    config = SimpleNamespace(
        list_physical_devices=lambda kind=None: gpus if kind == "GPU" else [SimpleNamespace(name="CPU:0")],
        set_visible_devices=lambda devices, kind: waited.append(f"{kind} hidden"),
        experimental=SimpleNamespace(
            get_device_details=lambda device: {"device_name": "Fake H200"},
            get_memory_info=lambda name: {"current": 1, "peak": 77} if name == "GPU:0" else {},
        ),
    )
    test = SimpleNamespace(experimental=SimpleNamespace(sync_devices=lambda: waited.append("waited")))
    return SimpleNamespace(config=config, test=test, waited=waited)


def jax(kinds: dict[str, list[Any]]) -> Any:
    waited: list[Any] = []

    def found(kind: str = "cpu") -> list[Any]:
        if kind not in kinds:
            raise RuntimeError(f"Unknown backend: '{kind}'")
        return kinds[kind]

    return SimpleNamespace(
        devices=found, live_arrays=lambda: ["state"], block_until_ready=waited.append, waited=waited
    )


def torch(available: bool) -> Any:
    waited: list[str] = []
    cuda = SimpleNamespace(
        is_available=lambda: available,
        get_device_name=lambda number: "Fake H200",
        synchronize=lambda: waited.append("waited"),
        max_memory_allocated=lambda number: 99,
    )
    return SimpleNamespace(cuda=cuda, waited=waited)


GPU = SimpleNamespace(name="cuda:0", device_kind="Fake H200", memory_stats=lambda: {"peak_bytes_in_use": 88})


@pytest.mark.parametrize(
    ("backend", "framework", "waited", "peak"),
    [
        ("tensorflow", tensorflow([SimpleNamespace(name="GPU:0")]), ["waited"], 77),
        ("jax", jax({"gpu": [GPU], "cpu": []}), [["state"]], 88),
        ("torch", torch(available=True), ["waited"], 99),
    ],
)
def test_a_gpu_is_waited_for_and_its_memory_read(
    backend: str, framework: Any, waited: list[Any], peak: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, backend, framework)
    found = choose(backend, "gpu")
    assert (found.kind, found.name) == ("gpu", "Fake H200")
    assert not framework.waited
    found.synchronise()
    assert framework.waited == waited
    assert found.peak_memory() == peak


@pytest.mark.parametrize(
    ("backend", "framework"),
    [("tensorflow", tensorflow([])), ("jax", jax({"cpu": [GPU]})), ("torch", torch(available=False))],
)
def test_a_gpu_that_is_not_there_is_told(
    backend: str, framework: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, backend, framework)
    with pytest.raises(DeviceError, match=r"sees no GPU; devices there: \S+; use --device cpu"):
        choose(backend, "gpu")


def test_a_gpu_is_hidden_from_tensorflow_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    framework = tensorflow([SimpleNamespace(name="GPU:0")])
    monkeypatch.setitem(sys.modules, "tensorflow", framework)
    choose("tensorflow", "cpu").synchronise()
    assert framework.waited == ["GPU hidden", "waited"]


def test_jax_and_torch_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    framework = jax({"cpu": [GPU]})
    monkeypatch.setitem(sys.modules, "jax", framework)
    monkeypatch.setitem(sys.modules, "torch", torch(available=False))
    choose("jax", "cpu").synchronise()
    choose("torch", "cpu").synchronise()
    assert framework.waited == [["state"]]


@pytest.mark.skipif(
    not list(Path("/proc/driver/nvidia").glob("gpus/*")), reason="this machine has no NVIDIA GPU"
)
def test_the_gpu_of_this_machine() -> None:
    torch = pytest.importorskip("torch", reason="needs torch, which this environment does not have")
    found = choose("torch", "gpu")
    torch.ones(1024, 1024, device="cuda") @ torch.ones(1024, 1024, device="cuda")
    found.synchronise()
    assert found.peak_memory() >= 3 * 4 * 2**20
    assert devices.threads() >= 1
