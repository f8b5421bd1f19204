"""Reads the accuracy of a training history under the name that it has now."""

from __future__ import annotations

import re

from harness.run.repairs import FaultContext, Proposal

# Before Keras 2.3 a metric was recorded under its full name however it had been asked for.
_LONG = {"mean_absolute_error": "mae", "mean_squared_error": "mse", "mean_absolute_percentage_error": "mape"}
_PAIRS = {"acc": "accuracy", "accuracy": "acc", **_LONG, **{short: long for long, short in _LONG.items()}}
_RENAMED = _PAIRS | {f"val_{old}": f"val_{new}" for old, new in _PAIRS.items()}


def repair(context: FaultContext) -> Proposal | None:
    if not isinstance(context.error, KeyError) or len(context.error.args) != 1:
        return None
    old = context.error.args[0]
    new = _RENAMED.get(old) if isinstance(old, str) else None
    if new is None or not any(new in _history(value) for value in _values(context)):
        return None
    found = re.search(rf"\[\s*(['\"]){old}\1\s*\]", context.source)
    if found is None:
        return None
    after = found.group().replace(old, new)
    return Proposal(
        rule="renamed-history-key",
        statement=context.source.replace(found.group(), after),
        bind=None,
        before=found.group(),
        after=after,
        evidence={"key": old, "replacement": new},
    )


def _values(context: FaultContext) -> list[object]:
    values = list(context.namespace.values())
    step = context.error.__traceback__
    while step is not None:
        values += list(step.tb_frame.f_locals.values())
        step = step.tb_next
    return values


def _history(value: object) -> dict[str, object]:
    """A History's record, a model's, or a dictionary itself."""
    for _ in range(3):
        if isinstance(value, dict):
            return value
        value = getattr(value, "history", None)
    return {}
