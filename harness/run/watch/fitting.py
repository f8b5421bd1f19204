"""Ending ``fit`` cleanly when its updates or its time are spent, without changing what it does before."""

from __future__ import annotations

import functools
from time import monotonic
from typing import Any

from harness.run.watch import describe
from harness.run.watch.context import Context
from harness.run.watch.feeds import Tap
from harness.run.watch.weights import Snapshot, weights_of

_CUT_TEST_BATCHES = 8  # batches of a validation that follows a cut
_LEAST_UPDATES = 2  # of a training that is slow: the first one alone also builds and traces


class Fit:
    """What one ``fit`` did, filled in by its callback."""

    def __init__(self, context: Context, model: Any, batch: int | None) -> None:
        self.context = context
        self.model = model
        self.left = max(1, context.hooks.updates_left())
        self.until = monotonic() + context.hooks.seconds_left()
        self.overtime = False
        self.updates = 0
        self.planned: int | None = None
        self.cut = False
        self.batch = batch
        self.unbuilt = not weights_of(model) or _in_parts(model)
        self.late: Snapshot | None = None  # weights after the first update of a model built by it
        self.tap: Tap | None = None
        self.callback = _callback_class(context.framework.callback_class)(self)

    def batch_ended(self, model: Any) -> None:
        done = int(getattr(model, "steps_per_execution", 1) or 1)
        self.updates += done
        with self.context.quietly("fit"):
            self.context.hooks.count_updates(done)
            if self.unbuilt and self.late is None and self.context.framework.backend != "jax":
                self.context.sight(model)
                self.late = self.context.snapshot()
        spent = self.updates >= self.left
        self.overtime = not spent and self.updates >= _LEAST_UPDATES and monotonic() >= self.until
        if (spent or self.overtime) and (self.planned is None or self.updates < self.planned):
            self.cut = True
            model.stop_training = True

    def fill(self, history: Any) -> None:
        """Give a history that our own cut left short the length that the article asked for.

        What plots a history, or reads its twentieth epoch, would fail for our reasons.  The last
        values are repeated: nothing is learned from them, and no loss of ours is read behind them.
        """
        epochs, record = getattr(history, "epoch", None), getattr(history, "history", None)
        if not self.cut or not isinstance(epochs, list) or not isinstance(record, dict) or not epochs:
            return
        asked = self.callback.params.get("epochs")
        missing = range(epochs[-1] + 1, asked) if isinstance(asked, int) else range(0)
        for values in record.values():
            if isinstance(values, list) and len(values) == len(epochs):
                values += values[-1:] * len(missing)
        epochs += missing

    def epoch_ended(self, params: Any) -> None:
        """A generator's length is known after its first epoch."""
        if self.planned is None and not self.cut and isinstance(params.get("epochs"), int):
            self.planned = self.updates * max(1, params["epochs"])


def _in_parts(model: Any) -> bool:
    """Whether some layers have their weights already and others get them with the first batch.

    A ``Normalization`` that was adapted is built, and the layers behind it are not.
    """
    try:
        return any(not getattr(layer, "built", True) for layer in describe.layers_of(model))
    except Exception:  # a layer of the program may answer anything
        return False


def with_callback(callbacks: Any, ours: Any) -> Any:
    """The article's callbacks with ours after them, in the form in which they were given."""
    if callbacks is None:
        return [ours]
    if isinstance(callbacks, list | tuple):
        return [*callbacks, ours]
    if hasattr(callbacks, "append"):  # a CallbackList
        callbacks.append(ours)
        return callbacks
    return [callbacks, ours]


@functools.cache
def _callback_class(base: Any) -> Any:
    """A callback of the loaded framework; made once per framework."""

    class Watching(base):  # type: ignore[misc]  # the framework is known at run time only
        def __init__(self, fit: Fit) -> None:
            super().__init__()
            self._fit = fit
            self._tested = 0

        def on_train_begin(self, logs: Any = None) -> None:
            steps, epochs = self.params.get("steps"), self.params.get("epochs")
            if isinstance(steps, int) and isinstance(epochs, int):
                self._fit.planned = steps * epochs

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self._fit.batch_ended(self.model)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self._fit.epoch_ended(self.params)

        def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
            self._tested += 1
            if self._fit.cut and self._tested >= _CUT_TEST_BATCHES:
                self.model.stop_evaluating = True
                # Keras 2 asks the source of its validation batches instead.
                handler = getattr(self.model, "_eval_data_handler", None)
                if handler is not None:
                    handler._insufficient_data = True

    return Watching
