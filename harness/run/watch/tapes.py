"""What gradient tapes of hand-written loops saw: models called since each was opened."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from harness.model import ArraySummary, Step

_REMEMBERED = 128


@dataclass(frozen=True)
class Flow:
    """A model called eagerly, and what it was given."""

    model: int
    inputs: tuple[ArraySummary, ...]
    verdict: Any = None  # its output, where that is a verdict on what it was given
    rows: tuple[tuple[int, str | int], ...] = ()  # of a joined batch: which row is data, which a model's


@dataclass(frozen=True)
class Gradient:
    """A gradient taken eagerly: identities of its variables, and the step that it is."""

    sources: frozenset[int]
    step: Step
    loss: Any


class Tapes:
    """What was called since each tape was opened."""

    def __init__(self) -> None:
        self.flows: deque[tuple[int, Flow]] = deque(maxlen=_REMEMBERED)
        self.gradients: deque[Gradient] = deque(maxlen=16)
        self.owners: dict[frozenset[int], tuple[int, ...]] = {}
        self.count = 0
        self._opened: dict[int, int] = {}

    def opened(self, tape: Any) -> None:
        if len(self._opened) > _REMEMBERED:
            self._opened.clear()
        self._opened[id(tape)] = self.count

    def called(self, flow: Flow) -> None:
        self.count += 1
        self.flows.append((self.count, flow))

    def within(self, tape: Any) -> list[Flow]:
        start = self._opened.get(id(tape), self.count)
        return [flow for count, flow in self.flows if count > start]
