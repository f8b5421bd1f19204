"""What ``compile`` was given, in canonical names."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from harness.run.watch.weights import content

# The short names that Keras accepts, and its classes whose function has another name.
_ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "kldivergence": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "log_cosh": "log_cosh",
    "logcosh": "log_cosh",
}


def snake_case(name: str) -> str:
    """``BinaryCrossentropy`` -> ``binary_crossentropy``."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def canonical(thing: Any) -> str:
    """The name of a loss or metric given as a string, function, class or object."""
    if isinstance(thing, str):
        name = snake_case(thing)
        return _ALIASES.get(name, name)
    if isinstance(thing, functools.partial):
        return canonical(thing.func)
    if isinstance(thing, type):
        return canonical(thing.__name__)
    inner = getattr(thing, "fn", None)
    if _of_keras(type(thing)) and callable(inner) and hasattr(inner, "__name__"):
        if type(thing).__name__ in {"LossFunctionWrapper", "MeanMetricWrapper"}:
            return canonical(inner)
        return canonical(type(thing).__name__)
    own = getattr(thing, "__name__", None)
    if isinstance(own, str):
        # A user's function keeps its own name, whatever its spelling.
        return canonical(own) if _of_keras(thing) else own
    return canonical(type(thing).__name__)


def _of_keras(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] in {"keras", "tf_keras"}


def flat(given: Any) -> tuple[Any, ...]:
    """The losses or metrics of a nested argument, in order, without None."""
    if given is None:
        return ()
    if isinstance(given, Mapping):
        return tuple(item for value in given.values() for item in flat(value))
    if isinstance(given, list | tuple):
        return tuple(item for value in given for item in flat(value))
    return (given,)


def from_logits(losses: tuple[Any, ...]) -> bool | None:
    """Whether a crossentropy takes logits: True if any does; None where it cannot be known."""
    known: list[bool] = []
    for loss in losses:
        own = getattr(loss, "from_logits", None)
        if isinstance(loss, functools.partial):
            own = loss.keywords.get("from_logits", own)
        if isinstance(own, bool):
            known.append(own)
        elif (isinstance(loss, str | type) or _of_keras(loss)) and "crossentropy" in canonical(loss):
            known.append(False)
    return any(known) if known else None


def is_exact(metric: Any) -> bool:
    """Whether a metric is Keras's class ``Accuracy``, which, unlike the word, asks for equal numbers."""
    kind = metric if isinstance(metric, type) else type(metric)
    return kind.__name__ == "Accuracy" and _of_keras(kind)


def thresholds(metrics: tuple[Any, ...]) -> tuple[float, ...]:
    """The thresholds of the objects among the metrics that count binary answers above one of their own."""
    held = [getattr(metric, "_fn_kwargs", None) for metric in metrics if not isinstance(metric, str | type)]
    found = [kept.get("threshold") for kept in held if isinstance(kept, Mapping)]
    return tuple(float(value) for value in found if isinstance(value, int | float))


def learning_rate(optimizer: Any) -> float | None:
    """The learning rate now; of a schedule, its present value."""
    try:
        rate = optimizer.learning_rate
        return float(rate.numpy()) if hasattr(rate, "numpy") else float(rate)
    except Exception:  # a user's optimizer need not have one, and a schedule may fail
        return None


def iterations(optimizer: Any) -> int | None:
    """How many updates an optimizer has made."""
    try:
        return int(content(optimizer.iterations))
    except Exception:  # no such counter in a user's optimizer
        return None
