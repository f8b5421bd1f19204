"""Lets a callback watch the accuracy under the name that Keras reports it by."""

from __future__ import annotations

import re
from types import FrameType
from typing import Any

from harness.run.repairs import FaultContext, Proposal

_UNKNOWN = re.compile(r"(?P<callback>\w+) callback received monitor=(?P<metric>\w+), but Keras isn't able")
_NOW = {"acc": "accuracy", "val_acc": "val_accuracy"}


def repair(context: FaultContext) -> Proposal | None:
    found = _UNKNOWN.search(context.message)
    new = _NOW.get(found["metric"]) if found else None
    callback = _raised_by(context.error)
    if found is None or new is None or getattr(callback, "monitor", None) != found["metric"]:
        return None
    # The callback was made in another statement, which is over: the object itself is mended.
    callback.monitor = new
    return Proposal(
        rule="monitor-not-reported",
        statement=None,
        bind="pass",
        before="",
        after=f"monitor={new!r}",
        evidence={"callback": found["callback"], "metric": found["metric"], "replacement": new},
    )


def _raised_by(error: BaseException) -> Any:
    """The object whose method raised."""
    frame: FrameType | None = None
    step = error.__traceback__
    while step is not None:
        frame, step = step.tb_frame, step.tb_next
    return frame.f_locals.get("self") if frame is not None else None
