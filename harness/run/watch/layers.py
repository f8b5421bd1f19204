"""What the layers of trained networks do, after the run, with rows that they were fed.

Two things that no loss shows: whether any unit of a layer still answers to the data, and how much of a
gradient is left when it arrives at the first layers.  Both need one pass through the network.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from harness.model import Probe
from harness.run.watch.arrays import Array, to_numpy
from harness.run.watch.context import Context
from harness.run.watch.describe import layers_of

_ROWS = 32
_FEWEST = 8  # rows with which something can be said of a layer
_MODELS = 6
_PARAMETERS = 5_000_000
_NUMBERS = 20_000_000  # that the layers put out for all rows together


def probe_layers(context: Context, seconds: float) -> None:
    """Measure each trained network of a plain structure, for at most ``seconds`` in total.

    A network under way is not interrupted; large ones are left alone.
    """
    if context.framework.backend != "tensorflow":
        return
    deadline = time.monotonic() + seconds
    trained = context.evidence.trained | {m for _, step in context.evidence.steps for m in step.trained}
    for number, model in [(n, m) for n, m in context.known() if n in trained][:_MODELS]:
        if time.monotonic() > deadline:
            return
        try:
            rows = _rows(context, number, model)
            found = _measure(context, model, rows) if rows else None
        except Exception as error:  # models of the program may fail in any way; the reason is recorded
            found = {"skipped": f"{type(error).__name__}: {error}"[:300]}
        if found is not None:
            context.hooks.emit(Probe, line=None, name="layers", models=(number,), result=found)


def _rows(context: Context, number: int, model: Any) -> list[Array]:
    """Rows that the network was fed, none of them alike; empty where there are no such."""
    inputs = getattr(model, "inputs", None) or ()
    for stream in context.evidence.of(number):
        rows = [array[:_ROWS] for array in stream.inputs]
        if len(rows) == len(inputs) and all(len(array) >= _FEWEST for array in rows):
            flat = np.concatenate([np.asarray(a).reshape(len(a), -1) for a in rows], axis=1)
            if len(np.unique(flat, axis=0)) == len(flat) and np.isfinite(flat).all():
                return rows
    return []


def _measure(context: Context, model: Any, rows: list[Array]) -> dict[str, Any] | None:
    layers = [(layer, output) for layer in layers_of(model) if (output := _output(layer)) is not None]
    numbers = sum(len(rows[0]) * _size(output) for _, output in layers)
    if not layers or model.count_params() > _PARAMETERS or numbers > _NUMBERS:
        return None
    tensorflow: Any = sys.modules["tensorflow"]
    whole = context.framework.model_class(model.inputs, [output for _, output in layers])
    kernels = [(layer, kernel) for layer, _ in layers if (kernel := _kernel(model, layer)) is not None]
    native = [getattr(kernel, "_value", kernel) for _, kernel in kernels]
    with tensorflow.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(native)
        made = whole([tensorflow.convert_to_tensor(array) for array in rows], training=False)
        made = made if isinstance(made, list | tuple) else [made]
        # Any direction of the output will do: how much of it arrives does not depend on the loss.
        direction = np.random.default_rng(0).standard_normal(made[-1].shape)
        end = tensorflow.reduce_sum(made[-1] * tensorflow.cast(direction, made[-1].dtype))
    gradients = tape.gradient(end, native)
    return {
        "rows": len(rows[0]),
        "silent": [
            {"layer": layer.name, **_silent(np.asarray(value))}
            for (layer, _), value in zip(layers, made, strict=True)
            if _rectifies(layer)
        ],
        "flow": [
            {"layer": layer.name, "size": _flow(kernel, gradient)}
            for (layer, kernel), gradient in zip(kernels, gradients, strict=True)
        ],
    }


def _output(layer: Any) -> Any:
    """What a layer puts out in the only place where it is used; None for models and where there is none."""
    if hasattr(layer, "layers"):
        return None
    try:
        output = layer.output
        shape = tuple(output.shape)
    except Exception:  # used in several places or in none, or of several outputs
        return None
    return output if shape and all(size is not None for size in shape[1:]) else None


def _size(output: Any) -> int:
    return int(np.prod([int(size) for size in tuple(output.shape)[1:]]))


def _kernel(model: Any, layer: Any) -> Any:
    """The weights by which a layer multiplies what it is given, where they are trained."""
    kernel = getattr(layer, "kernel", None)
    if kernel is None or len(tuple(kernel.shape)) < 2:
        return None
    # A whole model that is frozen for another's step is trained in its own.
    return kernel if getattr(layer, "trainable", True) or not getattr(model, "trainable", True) else None


def _rectifies(layer: Any) -> bool:
    """Whether a layer puts out exactly 0 for every number below it."""
    if type(layer).__name__ == "ReLU":
        return not float(getattr(layer, "negative_slope", 0) or 0) and not float(layer.threshold or 0)
    return getattr(getattr(layer, "activation", None), "__name__", "") in {"relu", "relu6"}


def _silent(value: Array) -> dict[str, int]:
    """How many units a layer has (channels, where it keeps places apart), and how many never fire."""
    units = value.reshape(-1, value.shape[-1])
    return {"units": units.shape[1], "silent": int((units == 0).all(axis=0).sum())}


def _flow(kernel: Any, gradient: Any) -> float | None:
    """The size of a gradient times that of its weights, which of layers without bounds are all alike."""
    array = None if gradient is None else to_numpy(gradient)
    if array is None:
        return None
    held = np.asarray(kernel).astype(np.float64)
    size = float(np.linalg.norm(array.astype(np.float64)) * np.linalg.norm(held))
    return size if np.isfinite(size) else None
