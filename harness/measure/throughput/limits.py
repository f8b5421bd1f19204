"""What the device can do at most, measured with the backend's own operations in float32.

A matrix product large enough to fill the device gives the rate of operations; an array larger than its
caches that is overwritten by a function of itself gives the bandwidth.  Together they are the two lines of a
roofline (Williams, Waterman and Patterson 2009).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from harness.measure.throughput.gate import Gate

#: Side of the square matrices, and bytes of the array that is copied.
_SIDE = {"cpu": 1536, "gpu": 8192}
_BYTES = {"cpu": 128 * 2**20, "gpu": 2**30}
#: Times that the copy reads or writes the array.
_TRANSFERS = {"tensorflow": 3, "jax": 2, "torch": 2}

KINDS = ("matmul", "copy")


def work(kind: str, backend: str, device: str) -> int:
    """Of one call: floating-point operations of the product, or bytes read and written by the copy."""
    return 2 * _SIDE[device] ** 3 if kind == "matmul" else _TRANSFERS[backend] * _BYTES[device]


def run_limit(kind: str, backend: str, device: str, gate: Gate) -> None:
    """Repeat the operation until the gate has seen enough; one call is one step."""
    call = _BACKENDS[backend](kind, device)
    while True:
        # Held while the gate waits: a result that nobody holds cannot be waited for everywhere.
        kept = call()
        gate.passed(1)
        del kept


def _operands(kind: str, device: str) -> list[Any]:
    draw = np.random.default_rng(0)
    if kind == "matmul":
        side = _SIDE[device]
        return [draw.random((side, side), np.float32) for _ in range(2)]
    return [np.ones(_BYTES[device] // 4, np.float32)]


def _tensorflow(kind: str, device: str) -> Callable[[], Any]:
    import tensorflow as tf

    operands = [tf.constant(one) for one in _operands(kind, device)]
    if kind == "matmul":
        return lambda: tf.linalg.matmul(*operands)
    # In place: memory that is new to the process each time would measure the kernel's page faults.
    into = tf.Variable(operands[0])
    return lambda: into.assign_add(operands[0], read_value=False)


def _jax(kind: str, device: str) -> Callable[[], Any]:
    import jax

    operands = [jax.device_put(one) for one in _operands(kind, device)]
    if kind == "matmul":
        product = jax.jit(jax.numpy.matmul)
        return lambda: product(*operands)
    negative = jax.jit(jax.numpy.negative, donate_argnums=0)  # in place

    def copy() -> Any:
        operands[0] = negative(operands[0])
        return operands[0]

    return copy


def _torch(kind: str, device: str) -> Callable[[], Any]:
    import torch

    where = "cuda" if device == "gpu" else "cpu"
    operands = [torch.as_tensor(one, device=where) for one in _operands(kind, device)]
    if kind == "matmul":
        return lambda: torch.matmul(*operands)
    into = torch.empty_like(operands[0])
    return lambda: torch.neg(operands[0], out=into)


_BACKENDS: Mapping[str, Callable[[str, str], Callable[[], Any]]] = {
    "tensorflow": _tensorflow,
    "jax": _jax,
    "torch": _torch,
}
