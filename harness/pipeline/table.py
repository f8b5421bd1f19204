"""The update table: for every training call which model moved, by what loss, and what was fed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.model import (
    ArraySummary,
    Call,
    FedRow,
    ModelSeen,
    MovedRow,
    Probe,
    Step,
    StepRow,
    Trace,
    UpdateRow,
)

_MOST_ROWS = 200

#: Where losses drive verdicts, "up" or "down", by the models trained, the receiver and what it was fed.
Pushes = Mapping[tuple[tuple[int, ...], int, str], str]


def update_table(trace: Trace | None) -> tuple[UpdateRow, ...]:
    """The rows of a run in the order of their first calls; empty where nothing was trained."""
    events = trace.events if trace else ()
    models = _Models([event for event in events if isinstance(event, ModelSeen)])
    pushes = _pushes(events)
    rows: dict[object, UpdateRow] = {}
    for event in events:
        if isinstance(event, Call) and event.trains:
            row = _row(event, models, pushes)
            key = _key(row)
            rows[key] = _joined(rows[key], row) if key in rows else row
    return tuple(rows.values())[:_MOST_ROWS]


# --- models --------------------------------------------------------------------------------------------


@dataclass
class _Models:
    """The names of a run's models, and which of them say nothing that others do not."""

    seen: Sequence[ModelSeen]

    def __post_init__(self) -> None:
        self._last = {one.model: one for one in self.seen}
        self._same = {number: self._standing_for(one) for number, one in self._last.items()}

    def name(self, number: int | None) -> str:
        """What the program calls a model; of one in another's clothes, the name that it has."""
        one = self._last.get(self._same.get(number or 0, number or 0))
        if one is None:
            return f"model {number}"
        return one.names[0] if one.names else f"{one.kind} {one.model}"

    def names(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.name(number) for number in numbers))

    def is_sum(self, number: int) -> bool:
        """Whether a model is nothing but two or more others joined."""
        one = self._last.get(number)
        parts = {self._same.get(inner, inner) for inner in one.contains} if one else set()
        parts -= {self._same.get(number, number)}
        known = [self._last[part] for part in parts if part in self._last]
        # Parts of parts are counted once.
        inner = {(part.model, self._same.get(deep, deep)) for part in known for deep in part.contains}
        outer = [part for part in known if not any(deep == part.model != whole for whole, deep in inner)]
        return one is not None and len(outer) > 1 and one.parameters <= sum(part.parameters for part in outer)

    def _standing_for(self, one: ModelSeen) -> int:
        """The named model that has the same weights: a Sequential inside a ``Model`` of one call."""
        if one.names:
            return one.model
        alike = [
            other.model
            for other in self._last.values()
            if other.names
            and other.parameters == one.parameters
            and (one.model in other.contains or other.model in one.contains)
        ]
        return alike[0] if alike else one.model


# --- rows ----------------------------------------------------------------------------------------------


def _row(call: Call, models: _Models, pushes: Pushes) -> UpdateRow:
    receiver = models.name(call.model) if call.model is not None else None
    through = {*call.through, *(model for step in call.steps for model in step.through)}
    return UpdateRow(
        line=call.line,
        call=call.api,
        model=receiver,
        calls=call.count,
        updates=call.updates,
        planned=None if call.planned is None else call.planned * call.count,
        moved=_moved(call, models),
        through=models.names(number for number in sorted(through) if not models.is_sum(number)),
        fed=tuple(_fed(receiver or "", array, models) for array in call.inputs),
        targets=tuple(_fed(receiver or "", array, models) for array in call.targets),
        steps=tuple(_step(step, models, pushes) for step in call.steps),
        losses=call.losses,
        error=call.error,
    )


def _moved(call: Call, models: _Models) -> tuple[MovedRow, ...]:
    found: dict[str, MovedRow] = {}
    for one in call.moved:
        if not models.is_sum(one.model):
            row = MovedRow(models.name(one.model), one.trainable, one.other)
            found[row.model] = _further(found.get(row.model), row)
    return tuple(found.values())


def _further(first: MovedRow | None, second: MovedRow) -> MovedRow:
    if first is None:
        return second
    return replace(
        first,
        weights=max(first.weights, second.weights),
        statistics=max(first.statistics, second.statistics),
    )


def _fed(receiver: str, array: ArraySummary, models: _Models, pushed: str | None = None) -> FedRow:
    return FedRow(
        receiver,
        array.shape,
        array.dtype,
        array.low,
        array.high,
        array.distinct,
        _origin(array, models),
        pushed,
    )


def _origin(array: ArraySummary, models: _Models) -> str:
    parts = []
    if array.data_set is not None or array.origin == "data-set":
        parts.append(array.data_set or "a data set")
    if array.origin_model is not None:
        parts.append(f"from {models.name(array.origin_model)}")
    return " and ".join(parts) or array.origin


def _step(step: Step, models: _Models, pushes: Pushes) -> StepRow:
    return StepRow(
        trained=models.names(step.trained),
        through=models.names(number for number in step.through if not models.is_sum(number)),
        fed=tuple(
            dict.fromkeys(
                _fed(
                    models.name(fed.model),
                    fed.array,
                    models,
                    pushes.get((step.trained, fed.model, _source(fed.array))),
                )
                for fed in step.fed
            )
        ),
        exact=step.exact,
    )


def _key(row: UpdateRow) -> object:
    """What rows of one line must have in common to be one row."""
    return (
        row.line,
        row.call,
        row.model,
        row.error,
        tuple((fed.shape[1:], fed.dtype, fed.origin) for fed in row.fed),
        tuple((fed.shape[1:], _labels(fed)) for fed in row.targets),
        tuple(
            (step.trained, step.through, tuple((fed.model, fed.shape[1:], fed.origin) for fed in step.fed))
            for step in row.steps
        ),
    )


def _labels(fed: FedRow) -> tuple[float, ...] | None:
    return fed.distinct if fed.distinct is not None and len(fed.distinct) <= 2 else None


def _joined(first: UpdateRow, second: UpdateRow) -> UpdateRow:
    moved = {row.model: row for row in first.moved}
    for row in second.moved:
        moved[row.model] = _further(moved.get(row.model), row)
    return replace(
        first,
        fed=_widest(first.fed, second.fed),
        steps=tuple(
            replace(one, fed=_widest(one.fed, other.fed))
            for one, other in zip(first.steps, second.steps, strict=True)
        ),
        calls=first.calls + second.calls,
        updates=first.updates + second.updates,
        planned=_planned(first, second),
        moved=tuple(moved.values()),
        losses=(*first.losses[:1], *second.losses[-1:]),
    )


def _planned(first: UpdateRow, second: UpdateRow) -> int | None:
    """What both ask for; unknown where it is of one."""
    if first.planned is None or second.planned is None:
        return None
    return first.planned + second.planned


def _widest(first: tuple[FedRow, ...], second: tuple[FedRow, ...]) -> tuple[FedRow, ...]:
    return tuple(
        one
        if one.low is None or one.high is None or other.low is None or other.high is None
        else replace(one, low=min(one.low, other.low), high=max(one.high, other.high))
        for one, other in zip(first, second, strict=True)
    )


# --- where a loss drives a verdict -----------------------------------------------------------------------


def _source(array: ArraySummary) -> str:
    return f"model {array.origin_model}" if array.origin_model is not None else "other"


def _pushes(events: Iterable[object]) -> Pushes:
    """What the probe "pushes" found; pushes both ways at once say nothing."""
    found: dict[tuple[tuple[int, ...], int, str], str] = {}
    for event in events:
        if isinstance(event, Probe) and event.name == "pushes":
            for step in _dicts(event.result.get("steps")):
                for fed in _dicts(step.get("fed")):
                    maker = fed.get("maker")
                    source = f"model {maker}" if maker is not None else "other"
                    key = (tuple(step.get("trained", ())), int(fed.get("model", -1)), source)
                    pushed = str(fed.get("pushed"))
                    found[key] = pushed if found.setdefault(key, pushed) == pushed else "both"
    return {key: pushed for key, pushed in found.items() if pushed in ("up", "down")}


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    """The mappings of a claimed list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []
