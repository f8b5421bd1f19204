"""Outermost calls of a tf.function that trains."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from harness.model import ArraySummary, Step
from harness.run.watch import compiled
from harness.run.watch.arrays import Array, is_concrete, sample, shape_of, to_numpy
from harness.run.watch.calls import Observed, Site, due
from harness.run.watch.context import Active, Context, caller
from harness.run.watch.eager import flatten, scalar
from harness.run.watch.tracing import TracedApply, steps_of
from harness.run.watch.weights import Snapshot

_IDLE = 3  # examined calls without any movement after which a function is taken to train nothing


_ROWS = 32


class Traced:
    """What is known of one tf.function: its steps, its optimizers, whether it trains."""

    def __init__(self) -> None:
        self.steps: tuple[Step, ...] = ()
        self.optimizers: tuple[int, ...] = ()
        self.trains = False
        self.idle = 0
        self.updates = 0


def call_method(context: Context, original: Any) -> Any:
    """Around the ``__call__`` of a tf.function."""
    inside = os.path.join(os.path.dirname(str(sys.modules["tensorflow"].__file__)), "")  # noqa: PTH118, PTH120
    known: dict[int, tuple[Any, Traced]] = {}

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        frame = caller()
        internal = context.by_framework(frame) or (
            frame is not None and frame.f_code.co_filename.startswith(inside)
        )
        if internal or context.stack or not context.framework.executing_eagerly():
            return original(self, *args, **kwargs)
        held = known.setdefault(id(self), (self, Traced()))[1]
        return _called(context, held, (args, kwargs), lambda: original(self, *args, **kwargs), id(self))

    return wrapper


def _called(context: Context, held: Traced, given: Any, run: Any, identity: int) -> Any:
    call = site = before = counts = None
    rows: list[Array] = []
    examined = False
    with context.quietly("function"):
        line = context.hooks.line()
        site = context.ledger.site((line, "function", identity))
        examined = due(site.calls) and held.idle < _IDLE
        call = Observed("function", None, True, line, bool(context.hooks.in_loop()))
        if examined:
            context.sight_named()
            before = context.snapshot()
            arrays = [part for part in flatten(list(given)) if is_concrete(part) and len(shape_of(part)) > 0]
            call.inputs = tuple(context.origins.summarise(part) for part in arrays[:8])
            call.batch = shape_of(arrays[0])[0] if arrays else None
            rows = [
                np.array(sample(array, _ROWS)) for array in map(to_numpy, arrays[:8]) if array is not None
            ]
            counts = _counts(context)
    active = Active("function")
    context.stack.append(active)
    try:
        result = run()
    except Exception as error:
        if call is not None and site is not None and any(isinstance(n, TracedApply) for n in active.traced):
            call.error = type(error).__name__
            with context.quietly("function"):
                context.ledger.add(site, call)
        raise
    finally:
        context.stack.pop()
    with context.quietly("function"):
        if active.traced:
            _learn(context, held, active, call.inputs if call is not None else (), rows)
        if call is not None and site is not None:
            _record(context, held, call, site, result, before, counts)
    return result


def _learn(
    context: Context, held: Traced, active: Active, inputs: tuple[ArraySummary, ...], rows: list[Array]
) -> None:
    context.sight_named()
    context.traced(active.traced, inputs, rows)
    held.steps = steps_of(active.traced, context.known(), inputs)
    held.optimizers = tuple(dict.fromkeys(n.optimizer for n in active.traced if isinstance(n, TracedApply)))
    held.idle = 0


def _record(
    context: Context,
    held: Traced,
    call: Observed,
    site: Site,
    result: Any,
    before: Snapshot | None,
    counts: Any,
) -> None:
    if before is not None:
        call.moved = context.moved_since(before)
        after = _counts(context)
        grown = {number: after[number] - counts.get(number, 0) for number in after}
        held.updates = sum(grown.values())
        moving = any(m.changed for m in call.moved) or held.updates > 0
        held.trains = held.trains or moving
        held.idle = 0 if moving else held.idle + 1
        first = next(iter(held.optimizers), None)
        if first is not None and first in after:
            call.optimizer_id, call.iterations = first, (counts.get(first, 0), after[first])
    if not held.trains:
        return
    call.updates = held.updates
    call.steps = held.steps
    if before is not None:
        context.evidence.stepped(call.line, held.steps)
    call.through = tuple(sorted({model for step in held.steps for model in step.through}))
    call.losses = scalar(result)
    context.hooks.count_updates(held.updates)
    if before is not None:
        context.ledger.add(site, call)
    else:
        context.ledger.repeat(site, call)


def _counts(context: Context) -> dict[int, int]:
    found = {
        number: compiled.iterations(optimizer) for number, optimizer in context.registry.optimizers.alive()
    }
    return {number: count for number, count in found.items() if count is not None}
