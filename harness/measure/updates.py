"""Counts the updates of a program's training: ends it early, looks in on the way.

Only training through ``fit`` is seen.  A loop of one's own runs to its end, and is looked at after it.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Collection, Iterator
from typing import Any

import keras


class Watch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no annotations
    """Counts the updates of every ``fit`` that is given it.

    ``limit`` ends training after so many, all fits together; ``reached(updates)`` is called at each of
    ``milestones``, with the model's weights as ``fit`` would leave them if it ended there.
    """

    def __init__(
        self, limit: int | None, milestones: Collection[int], reached: Callable[[int], None]
    ) -> None:
        super().__init__()
        self.limit, self.milestones, self.reached = limit, sorted(milestones), reached
        self.updates = 0
        self.last_batch = -1

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.last_batch = -1

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        self.updates += batch - self.last_batch  # more than one with steps_per_execution
        self.last_batch = batch
        while self.milestones and self.updates >= self.milestones[0]:
            self._sync()
            with _averaged(self.model):
                self.reached(self.milestones.pop(0))
        if self.limit is not None and self.updates >= self.limit:
            self.model.stop_training = True

    def _sync(self) -> None:
        # On JAX the weights live in the training loop and come back to the model at the end of an epoch.
        if hasattr(self.model, "jax_state_sync"):
            self.model.jax_state_sync()


@contextlib.contextmanager
def watched(
    limit: int | None = None,
    milestones: Collection[int] = (),
    reached: Callable[[int], None] = lambda updates: None,
) -> Iterator[Watch]:
    """Every ``fit`` of a Keras model is watched; what was counted can be read from the Watch."""
    watch, fit = Watch(limit, milestones, reached), keras.Model.fit
    signature = inspect.signature(fit)

    def watched_fit(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        given["callbacks"] = [*as_list(given.get("callbacks")), watch]
        return fit(**given)

    keras.Model.fit = watched_fit
    try:
        yield watch
    finally:
        keras.Model.fit = fit


@contextlib.contextmanager
def _averaged(model: Any) -> Iterator[None]:
    """Within it the weights are what ``fit`` makes of them at its end: their averages, with ``use_ema``."""
    fitted = isinstance(model.optimizer, keras.optimizers.Optimizer)
    weights = model.trainable_variables if fitted else []
    values = [keras.ops.convert_to_numpy(variable).copy() for variable in weights]
    if fitted:
        model.optimizer.finalize_variable_values(weights)
    try:
        yield
    finally:
        for variable, value in zip(weights, values, strict=True):
            variable.assign(value)


def as_list(callbacks: Any) -> list[Any]:
    """The callbacks that a caller of ``fit`` gives, in whichever form it takes them."""
    if callbacks is None:
        return []
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return list(callbacks.callbacks)  # ``fit`` makes another one of them
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
