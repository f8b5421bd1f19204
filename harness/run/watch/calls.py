"""Calls alike in a row from one line become one event; the first of each kind stands alone."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from harness.model import ArraySummary, Call, Moved, Step
from harness.run.watch.hooks import Hooks


def due(n: int) -> bool:
    """Whether the n-th call of a site (from 1) is examined: 1, 2, 3, 5, 8, 13, ..."""
    a, b = 1, 2
    while a < n:
        a, b = b, a + b
    return a == n


@dataclass
class Observed:
    """A call as it is gathered; the fields are those of Call."""

    api: str
    model: int | None
    trains: bool
    line: int | None
    in_loop: bool
    inputs: tuple[ArraySummary, ...] = ()
    targets: tuple[ArraySummary, ...] = ()
    outputs: tuple[ArraySummary, ...] = ()
    moved: tuple[Moved, ...] = ()
    through: tuple[int, ...] = ()
    optimizer_id: int | None = None
    iterations: tuple[int, int] | None = None
    losses: tuple[float, ...] = ()
    batch: int | None = None
    updates: int = 0
    planned: int | None = None
    error: str | None = None
    cut: bool = False
    late: bool = False
    reduced: bool = False
    steps: tuple[Step, ...] = ()
    endless: str | None = None
    count: int = 1


@dataclass
class Site:
    """One place and kind of call: how often it was seen and what of it is not emitted yet."""

    calls: int = 0
    last: Observed | None = None  # the last examined call, whose facts stand for later ones
    pending: Observed | None = None
    keep: int = 4  # calls folded before they are emitted, growing: the run may be ended at any time


class Ledger:
    """Gathers observed calls and emits them folded."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self._sites: dict[Hashable, Site] = {}

    def site(self, key: Hashable) -> Site:
        """The site of a call about to be made; counts it."""
        site = self._sites.setdefault(key, Site())
        site.calls += 1
        return site

    def add(self, site: Site, call: Observed) -> None:
        """Record a call that was examined."""
        first = site.last is None
        alike = not first and _alike(site.last, call)
        site.last = call
        if not alike:
            self._emit(site)
            self._send(call)
            return
        self._fold(site, call)

    def repeat(self, site: Site, call: Observed) -> None:
        """Record a call of a site that was not examined: its facts are those of the last one."""
        last = site.last
        if last is not None:
            call.inputs, call.targets, call.outputs = last.inputs, last.targets, last.outputs
            call.through, call.steps = last.through, last.steps
        self._fold(site, call)

    def flush(self) -> None:
        """Emit all that is still folded."""
        for site in list(self._sites.values()):
            self._emit(site)

    def _fold(self, site: Site, call: Observed) -> None:
        held = site.pending
        if held is None:
            site.pending = call
            return
        held.count += call.count
        held.updates += call.updates
        held.losses = (held.losses[:1] + call.losses[-1:]) if held.losses else call.losses
        held.moved = _furthest(held.moved, call.moved)
        held.optimizer_id = call.optimizer_id if held.optimizer_id is None else held.optimizer_id
        held.inputs = _widest(held.inputs, call.inputs)
        held.targets = _widest(held.targets, call.targets)
        held.outputs = _widest(held.outputs, call.outputs)
        if call.iterations is not None:
            held.iterations = ((held.iterations or call.iterations)[0], call.iterations[1])
        if held.count >= site.keep:
            site.keep *= 4
            self._emit(site)

    def _emit(self, site: Site) -> None:
        pending, site.pending = site.pending, None
        if pending is not None:
            self._send(pending)

    def _send(self, call: Observed) -> None:
        self._hooks.emit(Call, **vars(call))


def _alike(first: Observed | None, second: Observed) -> bool:
    return first is not None and _facts(first) == _facts(second)


def _facts(call: Observed) -> tuple[Any, ...]:
    return (
        call.error,
        call.cut,
        call.reduced,
        call.optimizer_id,
        call.through,
        call.planned,
        tuple(_key(array) for array in call.inputs),
        tuple((*_key(array), few(array.distinct)) for array in call.targets),
        tuple(_step_key(step) for step in call.steps),
        tuple((m.model, m.trainable > 0) for m in call.moved),
        _stuck(call),
    )


def few(values: tuple[float, ...] | None) -> tuple[float, ...] | None:
    """Label values that tell calls apart: one or two. Classes vary from batch to batch by chance."""
    return values if values is not None and len(values) <= 2 else None


def _stuck(call: Observed) -> bool:
    """An optimizer that starts again from 0 is a fact of its own: its moments are lost."""
    return call.iterations is not None and call.iterations[0] == 0


def _key(array: ArraySummary) -> tuple[Any, ...]:
    return (array.shape[1:], array.dtype, array.finite, array.origin, array.origin_model, array.data_set)


def _step_key(step: Step) -> tuple[Any, ...]:
    return (step.trained, step.through, tuple((fed.model, _key(fed.array)) for fed in step.fed))


def _furthest(first: tuple[Moved, ...], second: tuple[Moved, ...]) -> tuple[Moved, ...]:
    by_model = {m.model: m for m in first}
    for m in second:
        held = by_model.get(m.model)
        if held is None:
            by_model[m.model] = m
            continue
        by_model[m.model] = Moved(
            m.model,
            max(held.trainable, m.trainable),
            max(held.other, m.other),
            max(held.changed, m.changed),
            max(held.arrays, m.arrays),
            held.lost or m.lost,
        )
    return tuple(by_model[number] for number in sorted(by_model))


def _widest(first: tuple[ArraySummary, ...], second: tuple[ArraySummary, ...]) -> tuple[ArraySummary, ...]:
    if len(first) != len(second):
        return first
    return tuple(
        a
        if b.low is None or a.low is None or a.high is None or b.high is None
        else ArraySummary(
            a.shape,
            a.dtype,
            min(a.low, b.low),
            max(a.high, b.high),
            _union(a.distinct, b.distinct),
            a.finite and b.finite,
            a.origin,
            a.origin_model,
            a.data_set,
            a.fraction,
            a.grouped and b.grouped,
            _counts(a.marked, b.marked),
            a.windows and b.windows,
            a.same if a.same == b.same else 0,
            a.among if a.among == b.among else None,
            _widest_spreads(a.spreads, b.spreads),
        )
        for a, b in zip(first, second, strict=True)
    )


def _counts(first: tuple[int, int] | None, second: tuple[int, int] | None) -> tuple[int, int] | None:
    if first is None or second is None:
        return None
    return min(first[0], second[0]), max(first[1], second[1])


def _widest_spreads(
    first: tuple[float, float] | None, second: tuple[float, float] | None
) -> tuple[float, float] | None:
    if first is None or second is None:
        return None
    return min(first[0], second[0]), max(first[1], second[1])


def _union(first: tuple[float, ...] | None, second: tuple[float, ...] | None) -> tuple[float, ...] | None:
    if first is None or second is None:
        return None
    values = tuple(sorted({*first, *second}))
    return values if len(values) <= 10 else None
