"""What all observers of one run share."""

from __future__ import annotations

import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from harness.model import ArraySummary, ModelSeen, Moved, Noticed, Step
from harness.run.watch import describe, weights
from harness.run.watch.arrays import Array, parts
from harness.run.watch.calls import Ledger
from harness.run.watch.evidence import Evidence
from harness.run.watch.frameworks import Framework
from harness.run.watch.hooks import Hooks
from harness.run.watch.origins import Origins
from harness.run.watch.registry import Registry
from harness.run.watch.tapes import Tapes
from harness.run.watch.tracing import TracedCall, TracedGradient


@dataclass
class Active:
    """A call being observed on one thread, and what was noticed within it."""

    api: str
    model: Any = None
    traced: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Trace:
    """The model calls and gradients of a traced step, the arrays that it was fed, and its line."""

    calls: list[TracedCall]
    arguments: tuple[ArraySummary, ...]
    arrays: list[Array]
    gradients: list[TracedGradient]
    line: int | None


class Quietly:
    """Swallows whatever a hostile or odd object raises while it is looked at."""

    def __init__(self, context: Context, what: str) -> None:
        self._context = context
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        self._context.failed(self._what, error)
        return True


class Context:
    """The registry, the origins, the ledger and the calls now under way."""

    def __init__(self, hooks: Hooks, framework: Framework, origins: Origins) -> None:
        self.hooks = hooks
        self.framework = framework
        self.origins = origins
        self.registry = Registry(framework.model_class)
        self.ledger = Ledger(hooks)
        self.closed = False  # nothing is observed any more: the probes are at work
        self.tapes = Tapes()
        self.evidence = Evidence(origins)
        self.traces: deque[Trace] = deque(maxlen=4)
        self.steps: dict[int, tuple[Step, ...]] = {}  # of models with a training step of their own
        self.tried_last: set[int | None] = set()  # models whose step was traced for a last batch
        self._described: dict[int, tuple[Any, ...]] = {}
        self._noticed: set[str] = set()
        self._local = threading.local()

    @property
    def stack(self) -> list[Active]:
        """The observed calls of this thread, outermost first."""
        if not hasattr(self._local, "stack"):
            self._local.stack = []
        stack: list[Active] = self._local.stack
        return stack

    def by_framework(self, frame: FrameType | None) -> bool:
        """Whether a call was made by the framework or the probes and not by the program."""
        if self.closed:
            return True
        return frame is not None and frame.f_code.co_filename.startswith(self.framework.prefix)

    def quietly(self, what: str) -> Quietly:
        """Observing must never break the program: a failure within is noted once and swallowed."""
        return Quietly(self, what)

    def failed(self, what: str, error: BaseException) -> None:
        """Note that something could not be observed."""
        note = f"{what}: {type(error).__name__}: {error}"[:300]
        if note not in self._noticed and len(self._noticed) < 20:
            self._noticed.add(note)
            self.hooks.emit(Noticed, category="watching", message=note)

    def sight(self, model: Any) -> int:
        """The number of a model; it is described when it is new or has changed."""
        number = self.registry.models.of(model)
        for inner in self.registry.inside(model):
            if self.registry.models.find(inner) is None:
                self.sight(inner)
        names = describe.names(model, self.hooks.namespace())
        mark = (describe.fingerprint(model), names, describe.untracked(model))
        if self._described.get(number) != mark:
            self._described[number] = mark
            self._describe(number, model)
        return number

    def sight_named(self) -> None:
        """Sight the models that the program's variables hold."""
        for value in list(self.hooks.namespace().values()):
            if self.registry.is_model(value):
                self.sight(value)

    def known(self) -> list[tuple[int, Any]]:
        return list(self.registry.models.alive())

    def snapshot(self) -> weights.Snapshot:
        """A copy of all weights of all known models."""
        return weights.Snapshot.take(model for _, model in self.known())

    def moved_since(self, before: weights.Snapshot) -> tuple[Moved, ...]:
        """How far every known model went since a snapshot."""
        after = self.snapshot()
        far, gone = weights.distances(before, after), weights.lost(after)
        found = [weights.moved(far, gone, number, model) for number, model in self.known()]
        return tuple(m for m in found if m is not None)

    def through(self, model: Any) -> tuple[int, ...]:
        """The receiver of a training call and the models whose weights are all its own."""
        number = self.registry.models.of(model)
        contains, _ = describe.kinship(model, self.registry)
        return (number, *contains)

    def summaries(self, value: Any) -> tuple[ArraySummary, ...]:
        return tuple(self.origins.summarise(part) for part in parts(value)[:8])

    def traced(self, notes: list[Any], arguments: tuple[ArraySummary, ...], arrays: list[Array]) -> None:
        """Keep a trace, whose values are computed after the run."""
        calls = [note for note in notes if isinstance(note, TracedCall)]
        gradients = [note for note in notes if isinstance(note, TracedGradient)]
        # A step may take nothing and draw its own noise: its values can be computed all the same.
        if calls and (arrays or gradients):
            self.traces.append(Trace(calls, arguments, arrays, gradients, self.hooks.line()))

    def _describe(self, number: int, model: Any) -> None:
        contains, shares = describe.kinship(model, self.registry)
        self.hooks.emit(
            ModelSeen,
            model=number,
            kind=type(model).__name__,
            names=describe.names(model, self.hooks.namespace()),
            layers=describe.layers_seen(model, self.registry),
            input_shapes=describe.shapes(model, "inputs"),
            output_shapes=describe.shapes(model, "outputs"),
            parameters=describe.parameters(model),
            contains=contains,
            shares=shares,
            built=bool(getattr(model, "built", False)),
            created_line=self.registry.created_line(model),
            untracked=describe.untracked(model),
        )


def position(frame: FrameType | None) -> tuple[int, int]:
    """Which call of which code it is: two calls on one line differ in it."""
    return (0, 0) if frame is None else (id(frame.f_code), frame.f_lasti)


def caller(depth: int = 2) -> FrameType | None:
    """The frame ``depth`` calls up from the function that asks."""
    try:
        return sys._getframe(depth)
    except ValueError:
        return None
