"""What can be known of data that is no array.

A tf.data pipeline is never iterated: a new iterator would draw a new shuffle seed and so change later
epochs.  Instead a few rows of the arrays at its root are sent through its own map functions where
these are plain arithmetic.  A generator is read by nobody but Keras: what passes is noted on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import GeneratorType
from typing import Any

import numpy as np

from harness.model import ArraySummary
from harness.run.watch.arrays import grouped, parts, sample, to_numpy
from harness.run.watch.origins import Origins

_ROWS = 48  # rows sent through a pipeline
_INFINITE = -1  # tf.data.INFINITE_CARDINALITY
_COMPARED_ITEMS = 20  # of a generator
_KEPT = ("Shuffle", "Prefetch", "Cache", "Repeat", "Take", "Skip", "Options", "Shard", "AssertCardinality")
_IN_ORDER = ("Map", "Batch", "Shuffle", "Prefetch", "Cache", "Repeat", "Options")
_MIXED = 4  # buffers or batches that the fewest examples of a class must fill
_IMPURE = ("PyFunc", "Random", "Assign", "Iterator", "Queue", "File", "Multinomial", "Print")


@dataclass(frozen=True)
class Feed:
    """Inputs and targets of a training call, as far as they can be known beforehand."""

    inputs: tuple[ArraySummary, ...] = ()
    targets: tuple[ArraySummary, ...] = ()
    batch: int | None = None


def feed_of(source: Any, origins: Origins) -> Feed:
    """The feed of a tf.data pipeline; empty for other sources."""
    spec = getattr(source, "element_spec", None)
    if spec is None:
        return Feed()
    shapes = [_from_spec(part) for part in _leaves(spec)]
    rows = rows_of_pipeline(source)
    if rows is not None and len(rows) == len(shapes):
        found = [_merged(shape, origins.summarise(row)) for shape, row in zip(shapes, rows, strict=True)]
    else:
        found = shapes
    first = len(_leaves(spec[0])) if isinstance(spec, tuple) and spec else len(found)
    second = len(_leaves(spec[1])) if isinstance(spec, tuple) and len(spec) > 1 else 0
    if second == 1 and first < len(found):
        found[first] = replace(found[first], grouped=_class_after_class(source))
    batch = _batch(source) or (found[0].shape[0] if found and found[0].shape else None)
    known = batch if batch is not None and batch > 0 else None
    return Feed(tuple(found[:first]), tuple(found[first : first + second]), known)


def endless(given: Mapping[str, Any]) -> str | None:
    """Which argument of ``fit`` is a pipeline that repeats without end, with no number of steps beside it."""
    for name, steps in (("x", "steps_per_epoch"), ("validation_data", "validation_steps")):
        length = getattr(given.get(name), "cardinality", None)
        if length is None or given.get(steps) is not None:
            continue
        try:
            if int(length()) == _INFINITE:
                return name
        except Exception:  # an object of the program may have a cardinality of its own
            continue
    return None


def _leaves(spec: Any) -> list[Any]:
    if isinstance(spec, dict):
        return [leaf for _, item in sorted(spec.items()) for leaf in _leaves(item)]
    if isinstance(spec, list | tuple) and not hasattr(spec, "shape"):
        return [leaf for item in spec for leaf in _leaves(item)]
    return [] if spec is None else [spec]


def _from_spec(spec: Any) -> ArraySummary:
    shape = getattr(spec, "shape", None)
    sizes = () if shape is None or getattr(shape, "rank", 0) is None else tuple(shape)
    dtype = getattr(spec, "dtype", None)
    unknown = tuple(-1 if size is None else int(size) for size in sizes)
    return ArraySummary(unknown, str(getattr(dtype, "name", dtype)), None, None, None)


def _merged(shape: ArraySummary, rows: ArraySummary) -> ArraySummary:
    """Values of the sampled rows under the shape that the pipeline declares."""
    return replace(rows, shape=shape.shape, dtype=shape.dtype)


def _batch(dataset: Any) -> int | None:
    for _ in range(32):
        size = getattr(dataset, "_batch_size", None)
        if size is not None:
            return int(size)
        dataset = getattr(dataset, "_input_dataset", None)
        if dataset is None:
            return None
    return None


def _class_after_class(dataset: Any) -> bool:
    """Whether the batches of a pipeline hold one class each: its labels are sorted, and hardly mixed."""
    mixed, batch = 1, 0
    try:
        for _ in range(32):
            kind = type(dataset).__name__
            if "TensorSlice" in kind:
                labels = to_numpy(dataset._tensors[-1]) if len(dataset._tensors) == 2 else None
                if not batch or labels is None or not grouped(labels):
                    return False
                least = int(np.unique(labels, axis=0, return_counts=True)[1].min())
                return _MIXED * max(mixed, batch) <= least
            if not any(word in kind for word in _IN_ORDER) or "Unbatch" in kind:
                return False
            if "Batch" in kind:
                batch = max(batch, int(dataset._batch_size))
            elif "Shuffle" in kind and batch:  # of examples: behind the batches it only mixes these
                mixed = max(mixed, int(dataset._buffer_size))
            dataset = dataset._input_dataset
    except Exception:  # private attributes differ between versions
        return False
    return False


def rows_of_pipeline(dataset: Any) -> list[Any] | None:
    """Arrays of sampled rows as a pipeline would deliver them; None where that cannot be known."""
    try:
        elements = _elements(dataset, 0)
    except Exception:  # private attributes differ between versions, and map functions may fail
        return None
    if not elements:
        return None
    if len(elements) == 1:  # one batch
        return [np.asarray(part) for part in elements[0]]
    return [np.stack([np.asarray(element[i]) for element in elements]) for i in range(len(elements[0]))]


def _elements(dataset: Any, depth: int) -> list[list[Any]] | None:
    """Some elements of a data set, each as its flat list of arrays."""
    kind = type(dataset).__name__
    if depth > 32:
        return None
    if "TensorSlice" in kind:
        arrays = [to_numpy(tensor) for tensor in dataset._tensors]
        if any(array is None for array in arrays):
            return None
        columns = [sample(array, _ROWS) for array in arrays if array is not None]
        return [list(row) for row in zip(*columns, strict=True)]
    if "Zip" in kind:
        columns_of = [_elements(inner, depth + 1) for inner in dataset._inputs()]
        if any(column is None for column in columns_of):
            return None
        rows = zip(*[column for column in columns_of if column is not None], strict=False)
        return [[part for element in row for part in element] for row in rows]
    inputs = dataset._inputs()
    elements = _elements(inputs[0], depth + 1) if len(inputs) == 1 else None
    if elements is None:
        return None
    if "Map" in kind and hasattr(dataset, "_map_func"):
        function = dataset._map_func.function
        if any(word in op.type for op in function.graph.get_operations() for word in _IMPURE):
            return None
        return [list(function(*element)) for element in elements]
    if "Batch" in kind and "Unbatch" not in kind:
        size = min(len(elements), int(dataset._batch_size))
        return [[np.stack([np.asarray(e[i]) for e in elements[:size]]) for i in range(len(elements[0]))]]
    return elements if any(word in kind for word in _KEPT) else None


class Tap:
    """Passes a generator on unchanged and keeps what its first item was."""

    def __init__(self, source: Any) -> None:
        self.first: Any = None
        self.source = source
        self.same = 0  # items that held the numbers of the first, until one did not
        self._print: int | None = None
        self._differs = False

    @staticmethod
    def fits(source: Any) -> bool:
        return isinstance(source, GeneratorType)

    def items(self) -> Iterator[Any]:
        """A generator that yields exactly what the source does."""
        for item in self.source:
            if self.first is None:
                self.first = item
            if not self._differs and self.same < _COMPARED_ITEMS:
                self._compare(item)
            yield item

    def _compare(self, item: Any) -> None:
        """Note whether an item holds the very numbers of the first; a program may fill one array anew."""
        try:
            arrays = [to_numpy(part) for part in parts(item)]
        except Exception:  # items may be anything
            arrays = [None]
        if any(array is None or array.dtype.kind not in "buif" for array in arrays):
            self._differs = True
            return
        own = hash(tuple(array.tobytes() for array in arrays if array is not None))
        self._print = own if self._print is None else self._print
        self._differs = own != self._print
        self.same += not self._differs

    def feed(self, origins: Origins) -> Feed:
        """Summaries of the first item."""
        item = self.first if isinstance(self.first, tuple) else (self.first,)
        inputs = tuple(origins.summarise(part) for part in parts(item[0])[:8])
        aims = parts(item[1])[:8] if len(item) > 1 else []
        # How the classes lie in one item says nothing of the order of all.
        targets = tuple(replace(origins.summarise(part), grouped=False) for part in aims)
        if inputs and not self._differs:
            inputs = (replace(inputs[0], same=self.same), *inputs[1:])
        return Feed(inputs, targets, inputs[0].shape[0] if inputs and inputs[0].shape else None)
