"""What flowed into which model over a run, kept for inferring roles and for the probes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.model import ArraySummary, Fed, Step
from harness.run.watch.arrays import Array, parts, sample, to_numpy
from harness.run.watch.origins import Origins

_ROWS = 32
_EACH = 4  # rows of either side in a batch that holds both


@dataclass
class Stream:
    """One kind of array that a model received: from the data, from a model, from noise, or other."""

    origin: str
    maker: int | None
    low: float | None = None
    high: float | None = None
    labels: set[float] = field(default_factory=set)  # one or two values; more are no labels
    many_labels: bool = False
    inputs: tuple[Array, ...] = ()  # sampled rows of all inputs of the latest such call
    targets: tuple[Array, ...] = ()
    mixed: bool = False  # real and generated rows in one array

    def widen(self, low: float | None, high: float | None) -> None:
        if low is not None and high is not None:
            self.low = low if self.low is None else min(self.low, low)
            self.high = high if self.high is None else max(self.high, high)


class Evidence:
    """The streams of every model, and the losses by which models were trained."""

    def __init__(self, origins: Origins) -> None:
        self.origins = origins
        self.streams: dict[int, dict[tuple[str, int | None], Stream]] = defaultdict(dict)
        self.outputs: dict[int, tuple[tuple[int | None, ...], ...]] = {}
        self.inputs: dict[int, tuple[tuple[int | None, ...], ...]] = {}
        self.trained: set[int] = set()  # receivers of training calls
        self.steps: list[tuple[int | None, Step]] = []  # with the line of the call
        self.pushes: list[dict[str, Any]] = []  # where the losses of eager tapes drive verdicts

    def received(
        self, model: int, inputs: tuple[ArraySummary, ...], x: Any, targets: tuple[ArraySummary, ...], y: Any
    ) -> None:
        """A model was called with these arrays."""
        if not inputs:
            return
        principal = _principal(inputs)
        self.inputs[model] = tuple((None, *array.shape[1:]) for array in inputs)
        if principal.origin_model is not None and principal.data_set is not None:
            self._mixed(model, parts(x)[inputs.index(principal)], y)
        stream = self._parted(model, principal, x, inputs, y) or self._stream(model, principal)
        for target in targets[:1]:
            if target.distinct is not None and len(target.distinct) <= 2:
                stream.labels.update(target.distinct)
            else:
                stream.many_labels = True
        stream.inputs = _rows(x)
        stream.targets = _rows(y)

    def _mixed(self, model: int, x: Any, y: Any) -> None:
        """Real and generated rows in one array are told apart, with their labels."""
        array, first = to_numpy(x), to_numpy(parts(y)[0]) if parts(y) else None
        for row, kind in self.origins.rows(x):
            real = kind == "data-set"
            key = ("data-set" if real else "model", None if real else int(kind))
            stream = self.streams[model].setdefault(key, Stream(*key))
            if array is not None:
                stream.widen(float(array[row].min()), float(array[row].max()))
            if first is not None and len(first) > row and np.size(first[row]) == 1:
                stream.labels.add(float(np.ravel(first[row])[0]))

    def _parted(
        self, model: int, array: ArraySummary, x: Any, inputs: tuple[ArraySummary, ...], y: Any
    ) -> Stream | None:
        """A batch in which rows of a model stand under one label, and rows of unknown origin under another.

        Such are toy data, which are drawn at random: only the labels tell the two sides apart.
        """
        first = to_numpy(parts(y)[0]) if parts(y) else None
        maker = array.origin_model
        if maker is None or array.data_set is not None or first is None or np.size(first) != len(first):
            return None
        labels = np.ravel(first)
        rows = self.origins.sampled(parts(x)[inputs.index(array)])
        made = [float(labels[row]) for row, kind in rows if kind == maker and row < len(labels)]
        rest = [float(labels[row]) for row, kind in rows if kind is None and row < len(labels)]
        if (
            min(len(made), len(rest)) < _EACH
            or len(set(made)) != 1
            or len(set(rest)) != 1
            or made[0] == rest[0]
        ):
            return None
        for key, label in ((("model", maker), made[0]), (("unknown", None), rest[0])):
            self.streams[model].setdefault(key, Stream(*key)).labels.add(label)
        joined = self.streams[model].setdefault(("joined", maker), Stream("model", maker, mixed=True))
        joined.widen(array.low, array.high)
        return joined

    def stepped(self, line: int | None, steps: Iterable[Step]) -> None:
        """Losses of a hand-written step, with what they fed to each model."""
        for step in steps:
            if len(self.steps) < 64 and all(step != known for _, known in self.steps):
                self.steps.append((line, step))
                for fed in step.fed:
                    self._stream(fed.model, fed.array)
                    shape = (None, *(length if length >= 0 else None for length in fed.array.shape[1:]))
                    self.inputs.setdefault(fed.model, (shape,))

    def measured(self, fed: Fed) -> None:
        """Values of an array inside a traced step."""
        self._stream(fed.model, fed.array)

    def produced(self, model: int, outputs: Iterable[Sequence[int | None]]) -> None:
        """The shapes of what a model put out, for models without a fixed graph."""
        found = tuple((None, *shape[1:]) for shape in outputs if len(shape))
        if found:
            self.outputs[model] = found

    def of(self, model: int) -> list[Stream]:
        return list(self.streams.get(model, {}).values())

    def real(self, model: int) -> list[Stream]:
        """Streams of rows that no model made: of a data set where one was recognised."""
        own = [stream for stream in self.of(model) if stream.maker is None]
        known = [stream for stream in own if stream.origin == "data-set"]
        return known or [stream for stream in own if stream.origin == "unknown"]

    def _stream(self, model: int, array: ArraySummary) -> Stream:
        mixed = array.origin == "data-set" and array.origin_model is not None
        key = (array.origin, array.origin_model)
        stream = self.streams[model].setdefault(key, Stream(*key, mixed=mixed))
        stream.widen(array.low, array.high)
        return stream


def _principal(inputs: tuple[ArraySummary, ...]) -> ArraySummary:
    """The input that tells most: an image or a model's output rather than a label beside it."""
    telling = [array for array in inputs if array.origin in {"data-set", "model"}]
    return max(telling or inputs, key=lambda array: int(np.prod(array.shape[1:])) if array.shape else 0)


def _rows(value: Any) -> tuple[Array, ...]:
    arrays = [to_numpy(part) for part in parts(value)[:8]]
    if any(array is None or array.ndim == 0 for array in arrays):
        return ()
    return tuple(np.array(sample(array, _ROWS)) for array in arrays if array is not None)
