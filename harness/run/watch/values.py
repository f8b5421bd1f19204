"""Values inside a traced graph, computed again after the run.

A hand-written step often scales its images itself, so what reaches the discriminator is known only
inside the graph.  After the run the operations before such a tensor are executed one by one on rows
that the run fed, with the variables as they then are.  The graph itself is not touched.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from harness.run.watch.arrays import Array, to_numpy

_OPS = 2000
_UNSAFE = ("PyFunc", "Iterator", "Assign", "Queue", "Print", "File", "While", "If", "Optional")


_LISTS = ("s", "i", "f", "b", "type", "shape")


def outermost(tensor: Any) -> Any:
    """What a captured placeholder stands for outside all the graphs that captured it."""
    for _ in range(8):
        graph = getattr(tensor, "graph", None) if hasattr(tensor, "op") else None
        captures = getattr(graph, "captures", None)
        outer = None if captures is None else next((o for o, inner in captures if inner is tensor), None)
        if outer is None:
            return tensor
        tensor = outer
    return tensor


class Unknown(Exception):
    """A tensor whose value cannot be computed; the message says why."""


class Graph:
    """Evaluates tensors of traced functions on given arrays."""

    def __init__(self, fed: list[Array]) -> None:
        self._fed = fed
        self._values: dict[int, Any] = {}
        self._tensorflow: Any = importlib.import_module("tensorflow")
        self._execute: Any = importlib.import_module("tensorflow.python.eager.execute")
        self._eager: Any = importlib.import_module("tensorflow.python.eager.context")

    def value(self, tensor: Any) -> Array:
        """The numbers of a traced tensor.  Raises Unknown."""
        for op in self.order(tensor):
            self._run(op)
        found = to_numpy(self._values[id(tensor)])
        if found is None:
            raise Unknown("it is no array")
        return found

    def put(self, tensor: Any, value: Array) -> None:
        """Say what the numbers of a tensor are."""
        self._values[id(tensor)] = self._tensorflow.constant(value, tensor.dtype)

    def forget(self, ops: Iterable[Any]) -> None:
        """Let operations be computed anew."""
        for op in ops:
            for output in op.outputs:
                self._values.pop(id(output), None)

    def order(self, tensor: Any) -> list[Any]:
        """The operations before a tensor whose values are not known, in an order to run them."""
        ordered: list[Any] = []
        waiting, seen = [(tensor.op, False)], set()
        while waiting:
            op, ready = waiting.pop()
            if ready:
                ordered.append(op)
                continue
            if id(op) in seen:
                continue
            seen.add(id(op))
            if all(id(output) in self._values for output in op.outputs) and op.outputs:
                continue
            if len(seen) > _OPS:
                raise Unknown("too many operations")
            waiting.append((op, True))
            if op.type != "Placeholder":
                waiting.extend((source.op, False) for source in op.inputs)
        return ordered

    def _run(self, op: Any) -> None:
        if all(id(output) in self._values for output in op.outputs):
            return
        if op.type == "Placeholder":
            self._values[id(op.outputs[0])] = self._placeholder(op.outputs[0])
            return
        if op.type == "Const":
            constant = self._tensorflow.make_ndarray(op.get_attr("value"))
            self._values[id(op.outputs[0])] = self._tensorflow.constant(constant)
            return
        if any(word in op.type for word in _UNSAFE):
            raise Unknown(f"it depends on {op.type}")
        inputs = [self._values[id(source)] for source in op.inputs]
        attributes: list[Any] = []
        for name, value in op.node_def.attr.items():
            if not name.startswith("_"):
                attributes.extend((name, self._attribute(value)))
        outputs = self._execute.execute(
            op.type.encode(), len(op.outputs), inputs, tuple(attributes), self._eager.context()
        )
        for symbolic, value in zip(op.outputs, outputs, strict=True):
            self._values[id(symbolic)] = value

    def _placeholder(self, tensor: Any) -> Any:
        outer = tensor
        for _ in range(8):
            captures = (
                getattr(getattr(outer, "graph", None), "captures", None) if hasattr(outer, "op") else None
            )
            found = (
                next((o for o, inner in captures if inner is outer), None) if captures is not None else None
            )
            if found is None:
                break
            outer = found
        if not hasattr(outer, "op") or outer is not tensor:
            return outer
        for array in self._fed:
            fitted = self._fit(array, tensor)
            if fitted is not None:
                return self._tensorflow.constant(fitted, tensor.dtype)
        raise Unknown("nothing of its shape was fed")

    def _fit(self, array: Array, tensor: Any) -> Array | None:
        """An array with as many rows as a placeholder wants, None where it does not fit."""
        shape = tensor.shape
        if shape.rank != array.ndim or tensor.dtype.as_numpy_dtype != array.dtype:
            return None
        wanted = shape.as_list()
        if array.ndim and wanted[0] is not None and len(array):
            array = array[np.arange(wanted[0]) % len(array)]
        return array if shape.is_compatible_with(array.shape) else None

    def _attribute(self, value: Any) -> Any:
        kind = value.WhichOneof("value")
        if kind == "list":
            field = next(
                (name for name in ("s", "i", "f", "b", "type", "shape") if getattr(value.list, name)), "i"
            )
            return [self._plain(field, item) for item in getattr(value.list, field)]
        return self._plain(kind, getattr(value, kind))

    def _plain(self, kind: str, value: Any) -> Any:
        if kind == "shape":
            return None if value.unknown_rank else [dim.size for dim in value.dim]
        if kind == "func":
            return value.name
        return value
