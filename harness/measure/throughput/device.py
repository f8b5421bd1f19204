"""The device that a backend computes on: chosen, waited for, and its memory read.

The parts that belong to one framework import it when they are called; nothing else here does.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

DEVICES = ("cpu", "gpu")


class DeviceError(Exception):
    """The device that was asked for is not there; the message says what is."""


@dataclass(frozen=True)
class Device:
    """A device that was found.

    ``synchronise`` returns when all work given to the device is done.  ``peak_memory`` gives bytes: on a
    GPU those that the framework had allocated there at most, on the CPU those that the process had
    in memory.
    """

    kind: str  # "cpu" or "gpu"
    name: str
    synchronise: Callable[[], None]
    peak_memory: Callable[[], int]


def environment(backend: str, kind: str) -> Mapping[str, str]:
    """Variables that must be set before the backend is imported for it to use this kind of device."""
    if kind == "cpu":
        # An installed GPU build would take hold of the GPU's memory just by being imported.
        return {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", "KERAS_TORCH_DEVICE": "cpu"}
    if backend == "torch":
        return {"KERAS_TORCH_DEVICE": "cuda"}
    if backend == "jax":
        # Without this, three quarters of the GPU's memory would be the peak of every program.
        return {"JAX_PLATFORMS": "cuda", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    return {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}


def choose(backend: str, kind: str) -> Device:
    """The device in a process whose environment is right for it.  Raises DeviceError where there is none."""
    return _BACKENDS[backend](kind)


def _tensorflow(kind: str) -> Device:
    import tensorflow as tf

    if kind == "cpu":
        tf.config.set_visible_devices([], "GPU")
        return Device("cpu", "CPU", tf.test.experimental.sync_devices, resident_peak)
    found = tf.config.list_physical_devices("GPU")
    if not found:
        raise DeviceError(_missing("TensorFlow", tf.config.list_physical_devices()))
    name = tf.config.experimental.get_device_details(found[0]).get("device_name", found[0].name)

    def peak() -> int:
        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])

    return Device("gpu", str(name), tf.test.experimental.sync_devices, peak)


def _jax(kind: str) -> Device:
    import jax

    def wait() -> None:
        # Work is done when its results are there; those of a training step live on as its state.
        jax.block_until_ready(jax.live_arrays())

    try:
        found = jax.devices(kind)
    except RuntimeError as error:
        raise DeviceError(_missing("JAX", jax.devices())) from error
    if kind == "cpu":
        return Device("cpu", "CPU", wait, resident_peak)

    def peak() -> int:
        return int((found[0].memory_stats() or {}).get("peak_bytes_in_use", 0))

    return Device("gpu", found[0].device_kind, wait, peak)


def _torch(kind: str) -> Device:
    import torch

    if kind == "cpu":
        # Torch returns from each operation on the CPU when it is done.
        return Device("cpu", "CPU", lambda: None, resident_peak)
    if not torch.cuda.is_available():
        raise DeviceError(_missing("torch", ["CPU"]))
    return Device(
        "gpu",
        torch.cuda.get_device_name(0),
        torch.cuda.synchronize,
        lambda: int(torch.cuda.max_memory_allocated(0)),
    )


_BACKENDS: Mapping[str, Callable[[str], Device]] = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}


def resident_peak() -> int:
    """Bytes that this process had in memory at most since it began."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def threads() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def _missing(framework: str, devices: Any) -> str:
    there = ", ".join(str(getattr(one, "name", one)) for one in devices) or "none"
    return f"{framework} sees no GPU; devices there: {there}; use --device cpu"
