"""How far weights moved: copies of all known weights before and after a call."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.model import Moved
from harness.run.watch.arrays import Array, to_numpy

_COMPARED = 2**20  # numbers compared of one weight array; larger ones are strided over


def weights_of(model: Any) -> list[Any]:
    """A model's weight variables, without metrics and seeds; empty before it is built."""
    try:
        return list(model.weights)
    except Exception:  # unbuilt models and odd subclasses raise whatever they like
        return []


def trainable_ids(model: Any) -> set[int]:
    """Which of its weights were made to be trained, whatever ``trainable`` says now.

    Setting ``model.trainable = False`` in Keras 3 clears the flag of every variable, so the flags
    themselves do not tell batch statistics from frozen kernels.
    """
    try:
        layers = list(model._flatten_layers(include_self=True, recursive=True))
        return {id(v) for layer in layers for v in _made_to_be_trained(layer)}
    except Exception:  # odd subclasses: fall back to the flags
        return {id(v) for v in weights_of(model) if getattr(v, "trainable", True)}


def _made_to_be_trained(layer: Any) -> Iterable[Any]:
    own = getattr(layer, "_trainable_variables", None)  # Keras 3
    return own if own is not None else getattr(layer, "_trainable_weights", ())


def content(variable: Any) -> Any:
    """What a variable of Keras or of its backend holds now, as the backend's tensor or array.

    TensorFlow's own is read by the bare operation: what ``numpy()`` does besides takes longer than a small
    variable itself.
    """
    value = variable if hasattr(variable, "handle") else getattr(variable, "value", variable)
    value = value() if callable(value) else value
    if hasattr(value, "handle") and hasattr(value, "dtype"):
        operations = importlib.import_module("tensorflow").raw_ops
        return operations.ReadVariableOp(resource=value.handle, dtype=value.dtype)
    return value


def read(variable: Any) -> Array | None:
    """A copy of a variable's numbers, strided where there are very many."""
    try:
        array = to_numpy(content(variable))
        if array is None:
            array = np.asarray(variable)
    except Exception:  # deleted or donated buffers have no value to read
        return None
    flat = array.reshape(-1)
    return np.array(flat[:: 1 + flat.size // _COMPARED])


@dataclass(frozen=True)
class Snapshot:
    """The numbers of some variables at one moment, by identity."""

    values: Mapping[int, tuple[Any, Array]]

    @classmethod
    def take(cls, models: Iterable[Any]) -> Snapshot:
        values: dict[int, tuple[Any, Array]] = {}
        for model in models:
            for variable in weights_of(model):
                if id(variable) not in values:
                    array = read(variable)
                    if array is not None:
                        values[id(variable)] = (variable, array)
        return cls(values)


def distances(before: Snapshot, after: Snapshot) -> dict[int, float]:
    """How far each variable of both snapshots went, by identity: the farthest of its numbers."""
    found = {}
    for identity, (_, last) in after.values.items():
        _, first = before.values.get(identity, (None, None))
        if first is not None and first.shape == last.shape:
            same = np.array_equal(first, last, equal_nan=first.dtype.kind == "f")
            found[identity] = 0.0 if same else _distance(first, last)
    return found


def lost(after: Snapshot) -> frozenset[int]:
    """The variables that hold something that is no number, by identity."""
    floats = ((identity, last) for identity, (_, last) in after.values.items() if last.dtype.kind == "f")
    return frozenset(identity for identity, last in floats if not np.isfinite(last).all())


def moved(far: Mapping[int, float], gone: Set[int], number: int, model: Any) -> Moved | None:
    """How far one model went, given how far each variable did and which are no numbers.

    None where nothing is known of its variables.
    """
    own = trainable_ids(model)
    known = [id(variable) for variable in weights_of(model) if id(variable) in far]
    if not known:
        return None
    return Moved(
        number,
        trainable=max((far[identity] for identity in known if identity in own), default=0.0),
        other=max((far[identity] for identity in known if identity not in own), default=0.0),
        changed=sum(far[identity] > 0 for identity in known),
        arrays=len(known),
        lost=bool(own & gone),
    )


def _distance(first: Array, last: Array) -> float:
    with np.errstate(all="ignore"):
        difference = np.abs(last.astype(np.float64) - first.astype(np.float64))
    finite = difference[np.isfinite(difference)]
    # A weight that became NaN or infinite has moved, however far: say so with a number JSON can hold.
    return float(finite.max()) if finite.size == difference.size else float(np.finfo(np.float32).max)
