"""Ending ``evaluate`` and ``predict`` cleanly when their time is spent: what comes after needs some, too."""

from __future__ import annotations

import functools
from time import monotonic
from typing import Any

from harness.run.watch.context import Context

_SHARE = 0.5  # of the time that a training would have


class Part:
    """How much of its examples an ``evaluate`` or ``predict`` went through, filled in by its callback."""

    def __init__(self, context: Context) -> None:
        self.until = monotonic() + _SHARE * context.hooks.seconds_left()
        self.batches: int | None = None  # those of all examples, where known
        self.cut = False
        self.callback = _callback_class(context.framework.callback_class)(self)

    def batch_ended(self, model: Any, batch: int, flag: str) -> None:
        """``flag``: the attribute by which Keras is told to stop."""
        if monotonic() >= self.until and (self.batches is None or batch + 1 < self.batches):
            self.cut = True
            setattr(model, flag, True)


@functools.cache
def _callback_class(base: Any) -> Any:
    """A callback of the loaded framework; made once per framework."""

    class Parting(base):  # type: ignore[misc]  # the framework is known at run time only
        def __init__(self, part: Part) -> None:
            super().__init__()
            self._part = part

        def _begin(self, logs: Any = None) -> None:
            steps = (self.params or {}).get("steps")
            self._part.batches = steps if isinstance(steps, int) else None

        on_test_begin = on_predict_begin = _begin

        def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
            self._part.batch_ended(self.model, batch, "stop_evaluating")

        def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
            self._part.batch_ended(self.model, batch, "stop_predicting")

    return Parting
