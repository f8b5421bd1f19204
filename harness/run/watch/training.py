"""Observing calls of a model: what goes in, what moves, what comes out."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from harness.model import ArraySummary
from harness.run.watch import compiled
from harness.run.watch.arrays import (
    Array,
    among,
    distinct,
    is_concrete,
    parts,
    rows_of,
    sample,
    shape_of,
    to_numpy,
)
from harness.run.watch.calls import Observed, due, few
from harness.run.watch.context import Active, Context
from harness.run.watch.feeds import endless, feed_of, rows_of_pipeline
from harness.run.watch.fitting import Fit
from harness.run.watch.parting import Part
from harness.run.watch.tracing import TracedGradient, TracedLoss, steps_of
from harness.run.watch.weights import Snapshot

TRAINING = frozenset({"fit", "train_on_batch"})
_ON_BATCH = frozenset({"train_on_batch", "test_on_batch", "predict_on_batch"})
_PREDICTING = frozenset({"predict", "predict_on_batch"})
_SMALL_BYTES = 8192  # labels of a batch


class ModelCall:
    """One observed call of fit, train_on_batch, evaluate, test_on_batch, predict or the model."""

    def __init__(
        self, context: Context, api: str, model: Any, given: Mapping[str, Any], position: tuple[int, int]
    ) -> None:
        self.context = context
        self.api = api
        self.model = model
        self.x, self.y = given.get("x"), given.get("y")
        self.trains = api in TRAINING
        self.active = Active(api, model)
        self.call = Observed(
            api=api,
            model=context.registry.models.find(model),
            trains=self.trains,
            line=context.hooks.line(),
            in_loop=bool(context.hooks.in_loop()),
            endless=endless(given) if api == "fit" else None,
        )
        if self.call.model is None:
            self.call.model = context.sight(model)
        self.site = context.ledger.site(self._key(position))
        self.examined = due(self.site.calls)
        self.before: Snapshot | None = None
        self.optimizer = getattr(model, "optimizer", None) if self.trains else None
        self._batch(given)
        if self.examined:
            self._examine()
        self._count_before = self._count() if self.examined else None

    def _count(self) -> int | None:
        """How many updates the optimizer has made: reading it takes a good part of a short step's time."""
        return compiled.iterations(self.optimizer) if self.optimizer is not None else None

    def _iterations(self) -> tuple[int, int] | None:
        """The optimizer's count before and after; not read again where a call is as its site's last one."""
        last, call = self.site.last, self.call
        if not self.examined and last is not None and last.optimizer_id == call.optimizer_id:
            return None
        after = self._count()
        if after is None:
            return None
        before = self._count_before if self.examined else max(0, after - call.updates)
        return None if before is None else (before, after)

    def _key(self, position: tuple[int, int]) -> tuple[Any, ...]:
        """Calls with other labels, shapes or makers of the input from one line are different sites."""
        call = self.call
        shapes = tuple(shape_of(part)[1:] for part in parts(self.x)[:4] if is_concrete(part))
        labels = tuple(_labels(part) for part in parts(self.y)[:4] if is_concrete(part))
        makers = tuple(self.context.origins.maker(part) for part in parts(self.x)[:4])
        return (call.line, self.api, call.model, position, shapes, labels, makers)

    def _batch(self, given: Mapping[str, Any]) -> None:
        rows = rows_of(self.x)
        size = given.get("batch_size")
        if self.api in _ON_BATCH or self.api == "call":
            self.call.batch = rows
        elif rows is not None:
            self.call.batch = min(rows, int(size) if isinstance(size, int) else 32)

    def _examine(self) -> None:
        context, call = self.context, self.call
        call.model = context.sight(self.model)
        if self.trains:
            context.sight_named()
            self.before = context.snapshot()
        if is_concrete(parts(self.x)[0] if parts(self.x) else None):
            call.inputs, call.targets = context.summaries(self.x), context.summaries(self.y)
            call.targets = _found_in(call.targets, self.x, self.y) if self.trains else call.targets
        else:
            feed = feed_of(self.x, context.origins)
            call.inputs, call.targets = feed.inputs, feed.targets
            call.batch = feed.batch if call.batch is None else call.batch
        call.through = (
            context.through(self.model) if self.trains or self.api in {"evaluate", "test_on_batch"} else ()
        )
        if self.trains or self.api in _PREDICTING | {"call"}:
            self._evidence()

    def _evidence(self) -> None:
        call, number = self.call, int(self.call.model or 0)
        self.context.evidence.received(number, call.inputs, self.x, call.targets, self.y)

    def failed(self, error: BaseException) -> None:
        """The call raised: what was attempted is recorded all the same."""
        if not isinstance(error, Exception):
            return
        self.call.error = type(error).__name__
        if not self.examined:
            self._examine()
        self.context.ledger.add(self.site, self.call)

    def ended(self, result: Any, fit: Fit | None, part: Part | None = None) -> None:
        """The call returned."""
        context, call = self.context, self.call
        call.cut = call.late = part is not None and part.cut
        if self.trains:
            context.evidence.trained.add(int(call.model or 0))
        call.losses = _losses(result) if self.api not in _PREDICTING | {"call"} else ()
        if self.trains:
            self._trained(fit)
            if fit is not None:
                fit.fill(result)
        for part in parts(result) if self.api in _PREDICTING | {"call"} else ():
            context.origins.produced(int(call.model or 0), part)
        if not self.examined:
            context.ledger.repeat(self.site, call)
            return
        if self.api in _PREDICTING | {"call"}:
            call.outputs = tuple(context.origins.plain(part) for part in parts(result)[:8])
            context.evidence.produced(int(call.model or 0), [output.shape for output in call.outputs])
        call.model = context.sight(self.model)
        if self.trains:
            self._steps()
        context.ledger.add(self.site, call)

    def _steps(self) -> None:
        """The losses of a hand-written training step or of a model's own, known since it was traced."""
        context, call = self.context, self.call
        number = int(call.model or 0)
        traced = self._with_losses()
        if traced:
            context.traced(traced, call.inputs, self._rows())
            trainable = list(getattr(self.model, "trainable_variables", ()))
            context.steps[number] = steps_of(traced, context.known(), call.inputs, trainable)
        call.steps = context.steps.get(number, ())
        self._own_optimizer()
        context.evidence.stepped(call.line, call.steps)
        inside = {model for step in call.steps for model in step.through}
        call.through = tuple(sorted({*context.through(self.model), *inside}))

    def _with_losses(self) -> list[Any]:
        """What was noted while the step was traced; nothing where it shows no loss, or not all of them."""
        noted = self.active.traced
        if any(isinstance(note, TracedGradient) for note in noted):
            return [note for note in noted if not isinstance(note, TracedLoss)]
        alone = getattr(self.model, "loss", None) is None  # no compiled loss, which would not be among them
        return noted if alone and any(isinstance(note, TracedLoss) for note in noted) else []

    def _rows(self) -> list[Array]:
        """Some rows of what was fed, as arrays."""
        given = [*parts(self.x), *parts(self.y)]
        if not all(is_concrete(part) for part in given):
            given = list(rows_of_pipeline(self.x) or ())
        arrays = [to_numpy(part) for part in given[:8]]
        return [np.array(sample(array, 32)) for array in arrays if array is not None and array.ndim]

    def _own_optimizer(self) -> None:
        """A hand-written step that leaves the compiled optimizer alone has others of its own."""
        call, optimizers = self.call, dict(self.context.registry.optimizers.alive())
        if call.iterations is not None and call.iterations[0] < call.iterations[1]:
            return
        for step in call.steps:
            count = compiled.iterations(optimizers.get(step.optimizer_id or 0))
            if step.optimizer_id is not None and count:
                call.optimizer_id = step.optimizer_id
                call.iterations = (max(0, count - call.updates), count)
                return

    def _trained(self, fit: Fit | None) -> None:
        context, call = self.context, self.call
        if self.optimizer is not None:
            call.optimizer_id = context.registry.optimizers.of(self.optimizer)
        if fit is None:
            call.updates = 1
            context.hooks.count_updates(1)
        else:
            call.updates, call.planned, call.cut = fit.updates, fit.planned, fit.cut
            call.late = fit.cut and fit.overtime
            call.batch = fit.batch if call.batch is None else call.batch
            if fit.late is not None and self.before is not None:
                self.before = Snapshot({**fit.late.values, **self.before.values})
            if fit.tap is not None and fit.tap.first is not None and self.examined:
                feed = fit.tap.feed(context.origins)
                call.inputs, call.targets, call.batch = feed.inputs, feed.targets, feed.batch
                self._evidence()
        call.iterations = self._iterations()
        if self.before is not None:
            call.moved = context.moved_since(self.before)


def _found_in(targets: tuple[ArraySummary, ...], x: Any, y: Any) -> tuple[ArraySummary, ...]:
    """The targets, told where the inputs hold them as well."""
    inputs, given = parts(x), parts(y)
    if len(targets) != 1 or len(inputs) != 1 or len(given) != 1:
        return targets
    examples, labels = to_numpy(inputs[0]), to_numpy(given[0])
    place = None if examples is None or labels is None else among(examples, labels)
    return targets if place is None else (replace(targets[0], among=place),)


def _labels(part: Any) -> tuple[float, ...] | None:
    array = to_numpy(part)
    if array is None:
        return None
    rows = sample(array, 512)
    small = rows.nbytes <= _SMALL_BYTES and rows.dtype.kind in "biuf"
    return _few_of(rows.dtype.str, rows.tobytes()) if small else few(distinct(rows))


@functools.lru_cache(maxsize=64)
def _few_of(dtype: str, content: bytes) -> tuple[float, ...] | None:
    """Labels are the same from step to step, or a few kinds of them take turns."""
    return few(distinct(np.frombuffer(content, dtype)))


def _losses(result: Any) -> tuple[float, ...]:
    """First and last loss of a History, else the loss that comes first in a result."""
    history = getattr(result, "history", None)
    if isinstance(history, Mapping):
        found: list[Any] = history.get("loss") or next(iter(history.values()), None) or []
        return tuple(float(value) for value in found[:1] + found[1:][-1:])  # of one epoch there is one
    if isinstance(result, Mapping):
        result = result.get("loss", next(iter(result.values()), None))
    if isinstance(result, list | tuple):
        result = result[0] if result else None
    try:
        return (float(np.asarray(result).reshape(-1)[0]),)
    except (TypeError, ValueError, IndexError):
        return ()


def bind(original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> inspect.BoundArguments | None:
    """The arguments of a call by name; None where they do not fit (the call itself will say so)."""
    try:
        return _signature(original).bind(model, *args, **kwargs)
    except (TypeError, ValueError):
        return None


@functools.lru_cache(maxsize=64)
def _signature(method: Callable[..., Any]) -> inspect.Signature:
    """Of one of Keras's methods: there are few, and each is called at every step."""
    return inspect.signature(method)
