"""One statement, several attempts: models that were made again are taken for one.

After a fault the worker takes the failed line out and runs the whole top-level statement again.  A
statement that builds its models itself (``main()``, a class) then makes new ones, and what was tried
with the first is recorded under other numbers.  A rule that asks whether something was ever done
needs them as one model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from harness.model import (
    ArraySummary,
    Call,
    Compiled,
    Event,
    Fault,
    LayerSeen,
    LossTaken,
    ModelSeen,
    Moved,
    Probe,
    Step,
)
from harness.model import StatementStarted as Started

_Place = tuple[int, int, str]  # statement, line of creation, class


def settled(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events with every model of an abandoned attempt renamed to its successor."""
    successor = _successors(events)
    if not successor:
        return events
    return tuple(
        _renamed(event, successor)
        for event in events
        if not (isinstance(event, ModelSeen) and event.model in successor)
    )


def _successors(events: Iterable[Event]) -> dict[int, int]:
    """Model -> the model that took its place in the last attempt."""
    born: dict[_Place, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    statement, attempt, known = -1, 0, set[int]()
    for event in events:
        if isinstance(event, Started):
            statement, attempt = event.index, 0
        elif isinstance(event, Fault):
            attempt += 1
        elif isinstance(event, ModelSeen) and event.model not in known:
            known.add(event.model)
            if event.created_line is not None and event.line is not None:
                born[statement, event.created_line, event.kind][attempt].append(event.model)
    found: dict[int, int] = {}
    for attempts in born.values():
        *earlier, last = (attempts[number] for number in sorted(attempts))
        for models in earlier:
            found.update(zip(models, last, strict=False))
    return found


def _renamed(event: Event, to: Mapping[int, int]) -> Event:
    if isinstance(event, Call):
        return replace(
            event,
            model=_one(event.model, to),
            inputs=tuple(_array(a, to) for a in event.inputs),
            targets=tuple(_array(a, to) for a in event.targets),
            outputs=tuple(_array(a, to) for a in event.outputs),
            moved=_moved(event.moved, to),
            through=_many(event.through, to),
            steps=tuple(_step(step, to) for step in event.steps),
        )
    if isinstance(event, LossTaken):
        return replace(event, model=_one(event.model, to), labels=_one(event.labels, to))
    if isinstance(event, Compiled):
        trainable = {to.get(model, model): flag for model, flag in event.trainable.items()}
        return replace(event, model=to.get(event.model, event.model), trainable=trainable)
    if isinstance(event, ModelSeen):
        layers = tuple(_layer(layer, to) for layer in event.layers)
        return replace(
            event, layers=layers, contains=_many(event.contains, to), shares=_many(event.shares, to)
        )
    if isinstance(event, Probe):
        return replace(event, models=_many(event.models, to), result=_result(event, to))
    return event


def _one(model: int | None, to: Mapping[int, int]) -> int | None:
    return None if model is None else to.get(model, model)


def _many(models: Iterable[int], to: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(to.get(model, model) for model in models))


def _array(array: ArraySummary, to: Mapping[int, int]) -> ArraySummary:
    return replace(array, origin_model=_one(array.origin_model, to))


def _layer(layer: LayerSeen, to: Mapping[int, int]) -> LayerSeen:
    return replace(layer, model=_one(layer.model, to))


def _moved(moved: tuple[Moved, ...], to: Mapping[int, int]) -> tuple[Moved, ...]:
    return tuple(replace(m, model=to.get(m.model, m.model)) for m in moved)


def _step(step: Step, to: Mapping[int, int]) -> Step:
    fed = tuple(replace(f, model=to.get(f.model, f.model), array=_array(f.array, to)) for f in step.fed)
    return replace(step, trained=_many(step.trained, to), through=_many(step.through, to), fed=fed)


def _result(event: Probe, to: Mapping[int, int]) -> Mapping[str, Any]:
    if event.name != "roles":
        return event.result
    pairs: list[dict[str, Any]] = []
    for pair in event.result.get("pairs", ()):
        roles = {key: _one(pair.get(key), to) for key in ("generator", "discriminator", "combined")}
        if not any(all(roles[k] == known[k] for k in ("generator", "discriminator")) for known in pairs):
            pairs.append({**pair, **roles})
    return {**event.result, "pairs": pairs}
