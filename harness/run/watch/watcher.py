"""Installing the observers, and ending them."""

from __future__ import annotations

import importlib
import sys
import time
from typing import Any

from harness.model import FrameworkLoaded, Probe
from harness.run.watch import eager, frameworks, functions
from harness.run.watch.arrays import Array
from harness.run.watch.context import Context
from harness.run.watch.hooks import Hooks
from harness.run.watch.layers import probe_layers
from harness.run.watch.origins import Origins
from harness.run.watch.patches import Patches, patch_models
from harness.run.watch.probes import probe
from harness.run.watch.pushes import traced_pushes
from harness.run.watch.tracing import measured

_FUNCTIONS = "tensorflow.python.eager.polymorphic_function.polymorphic_function"


class Watcher:
    """The observers of one run."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self._origins = Origins()
        self._patches = Patches()
        self._context: Context | None = None

    def attach(self) -> bool:
        """Put the observers in place once Keras is loaded; False where it is not loaded yet."""
        if self._context is not None:
            return True
        framework = frameworks.find_framework()
        if framework is None:
            return False
        self._context = context = Context(self._hooks, framework, self._origins)
        self._hooks.emit(
            FrameworkLoaded,
            versions=frameworks.versions(framework.package),
            backend=framework.backend,
            device=frameworks.device(framework.backend),
        )
        put = self._patches.put
        patch_models(context, self._patches)
        optimizer = framework.optimizer_class
        put(optimizer, "apply_gradients", lambda f: eager.apply_gradients_method(context, f))
        put(optimizer, "apply", lambda f: eager.apply_method(context, f))
        if framework.backend == "tensorflow":
            tape: Any = sys.modules["tensorflow"].GradientTape
            put(tape, "gradient", lambda f: eager.gradient_method(context, f))
            put(tape, "__enter__", lambda f: eager.enter_method(context, f))
            function: Any = importlib.import_module(_FUNCTIONS).Function
            put(function, "__call__", lambda f: functions.call_method(context, f))
        return True

    def remove(self) -> None:
        """Take the observers away again."""
        self._patches.remove()

    def register_data_set(self, name: str, array: Array) -> None:
        """An array that the program was given as (part of) a data set, for example "mnist.x_train"."""
        self._origins.register(name, array)

    def flush(self) -> None:
        """Emit the calls that are still folded, for example when a statement ends."""
        if self._context is not None:
            self._context.ledger.flush()

    def finish(self, seconds: float) -> None:
        """Emit all that is held back, sight the models never used, and probe for at most ``seconds``."""
        context, start = self._context, time.monotonic()
        if context is None:
            return
        with context.quietly("finish"):
            context.sight_named()
            for model in [*context.registry.unused(), *(model for _, model in context.known())]:
                context.sight(model)
        context.ledger.flush()
        context.closed = True
        with context.quietly("values inside traced steps"):
            self._values_inside(context, seconds / 8)
        with context.quietly("pushes"):
            steps = [*context.evidence.pushes, *traced_pushes(context, seconds / 8)]
            if steps:
                self._hooks.emit(Probe, line=None, name="pushes", models=(), result={"steps": steps})
        with context.quietly("layers"):
            probe_layers(context, seconds / 8)
        with context.quietly("probes"):
            probe(context, seconds - (time.monotonic() - start))

    def _values_inside(self, context: Context, seconds: float) -> None:
        """What models received in traced steps, with the values computed now."""
        found: list[dict[str, Any]] = []
        for trace in context.traces:
            for fed in measured(trace.calls, trace.arguments, trace.arrays, seconds):
                context.evidence.measured(fed)
                array = fed.array
                told = {
                    "model": fed.model,
                    "origin": array.origin,
                    "shape": list(array.shape),
                    "low": array.low,
                    "high": array.high,
                    "finite": array.finite,
                }
                # A first call is traced twice where variables are made in it.
                found += [told] if told not in found else []
        if found:
            self._hooks.emit(Probe, line=None, name="received", models=(), result={"arrays": found})


def install(hooks: Hooks) -> Watcher:
    """Start observing.

    Where Keras is not loaded yet nothing is observed before ``Watcher.attach`` is called again
    after its import.
    """
    watcher = Watcher(hooks)
    watcher.attach()
    return watcher
