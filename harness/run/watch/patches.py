"""Putting the observers around Keras's public methods, at class level and only once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from harness.model import Compiled
from harness.run.watch import added, compiled, eager
from harness.run.watch.arrays import is_concrete, parts, rows_of
from harness.run.watch.context import Context, caller, position
from harness.run.watch.feeds import Tap
from harness.run.watch.fitting import Fit, with_callback
from harness.run.watch.last_batch import trace_last_batch
from harness.run.watch.parting import Part
from harness.run.watch.reduce import reduce_batch, restore_rows
from harness.run.watch.training import ModelCall, bind

_CALLS = ("fit", "train_on_batch", "evaluate", "test_on_batch", "predict", "predict_on_batch")


class Patches:
    """Methods replaced at class level, which can be put back."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def put(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replace a method by ``make(method)``, keeping its name, signature and documentation."""
        original = getattr(owner, name, None)
        if original is None:
            return
        own = vars(owner).get(name)
        setattr(owner, name, functools.wraps(original)(make(original)))
        if own is None:  # it was inherited
            self._undo.append(lambda: delattr(owner, name))
        else:
            self._undo.append(lambda: setattr(owner, name, own))

    def remove(self) -> None:
        """Put all methods back, the last one first."""
        while self._undo:
            self._undo.pop()()


def patch_models(context: Context, patches: Patches) -> None:
    """Observe the models of the loaded Keras."""
    framework = context.framework
    patches.put(framework.trainer_class, "__init__", lambda original: _created(context, original))
    # Keras compiles a loaded model again only where its class has the method that Keras defined.
    defining = next(kind for kind in framework.model_class.__mro__ if "compile" in vars(kind))
    patches.put(defining, "compile", lambda original: _compile(context, original))
    patches.put(framework.model_class, "__call__", lambda original: _call(context, original))
    for kind in framework.called_classes:
        patches.put(kind, "call", lambda original: _call(context, original))
    adding = next(kind for kind in framework.model_class.__mro__ if "add_loss" in vars(kind))
    patches.put(adding, "add_loss", lambda original: added.add_loss_method(context, original))
    patches.put(
        framework.model_class,
        "stateless_call",
        lambda original: added.stateless_call_method(context, original),
    )
    patches.put(framework.loss_class, "__call__", lambda original: added.loss_method(context, original))
    for api in _CALLS:
        patches.put(framework.model_class, api, functools.partial(_train, context, api))


def _created(context: Context, original: Any) -> Any:
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        with context.quietly("model creation"):
            if context.registry.is_model(self) and not _within(caller(), "sequential.py", context):
                context.registry.created(self, context.hooks.line())
        return original(self, *args, **kwargs)

    return wrapper


def _within(frame: FrameType | None, file: str, context: Context) -> bool:
    """Whether Keras's own ``file`` builds the model on the way: a Sequential's inner graph."""
    for _ in range(12):
        if frame is None or not context.by_framework(frame):
            return False
        code = frame.f_code
        if code.co_filename.endswith(file) and code.co_name != "__init__":
            return True
        frame = frame.f_back
    return False


def _compile(context: Context, original: Any) -> Any:
    times: dict[tuple[int | None, int], int] = {}

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        with context.quietly("compile"):
            context.hooks.count_compilation()
            context.ledger.flush()
            number = context.sight(self)
            context.sight_named()
            line = context.hooks.line()
            times[line, number] = times.get((line, number), 0) + 1
            bound = bind(original, self, args, kwargs)
            given = bound.arguments if bound is not None else {}
            context.hooks.emit(
                Compiled,
                line=line,
                model=number,
                times=times[line, number],
                in_loop=bool(context.hooks.in_loop()),
                trainable={
                    known: bool(getattr(model, "trainable", True)) for known, model in context.known()
                },
                **_compile_facts(context, self, given),
            )
        return result

    return wrapper


def _compile_facts(context: Context, model: Any, given: Any) -> dict[str, Any]:
    optimizer = getattr(model, "optimizer", None)
    if "optimizer" not in given and _own_train_step(context, model):
        optimizer = None  # Keras's default, which a hand-written training step does not use
    losses, metrics = compiled.flat(given.get("loss")), compiled.flat(given.get("metrics"))
    return {
        "optimizer": None if optimizer is None else type(optimizer).__name__,
        "optimizer_id": None if optimizer is None else context.registry.optimizers.of(optimizer),
        "learning_rate": None if optimizer is None else compiled.learning_rate(optimizer),
        "losses": tuple(compiled.canonical(loss) for loss in losses),
        "from_logits": compiled.from_logits(losses),
        "metrics": tuple(compiled.canonical(metric) for metric in metrics),
        "exact": any(compiled.is_exact(metric) for metric in metrics),
        "thresholds": compiled.thresholds(metrics),
    }


def _own_train_step(context: Context, model: Any) -> bool:
    inherited = getattr(context.framework.model_class, "train_step", None)
    return getattr(type(model), "train_step", None) is not inherited


def _train(context: Context, api: str, original: Any) -> Any:
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        bound = None if context.by_framework(caller()) else bind(original, self, args, kwargs)
        if bound is None or not context.framework.executing_eagerly():
            return original(self, *args, **kwargs)
        return _observed(context, api, original, self, bound)

    return wrapper


def _observed(context: Context, api: str, original: Any, model: Any, bound: inspect.BoundArguments) -> Any:
    call: ModelCall | None = None
    fit: Fit | None = None
    part: Part | None = None
    rows: int | None = None
    with context.quietly(api):
        call = ModelCall(context, api, model, bound.arguments, position(caller(3)))
        if api != "call":
            rows = reduce_batch(api, bound, context.hooks.limits_rows)
            call.call.reduced = rows is not None
        if api == "fit":
            fit = Fit(context, model, call.call.batch)
            if Tap.fits(bound.arguments.get("x")):
                fit.tap = Tap(bound.arguments["x"])
                bound.arguments["x"] = fit.tap.items()
            bound.arguments["callbacks"] = with_callback(bound.arguments.get("callbacks"), fit.callback)
        if api == "evaluate" or (api == "predict" and rows_of(call.x) is not None):
            part = None if context.framework.is_legacy else Part(context)  # Keras 2 cannot be told to stop
        if part is not None:
            bound.arguments["callbacks"] = with_callback(bound.arguments.get("callbacks"), part.callback)
    if call is None:
        return original(*bound.args, **bound.kwargs)
    context.stack.append(call.active)
    try:
        result = original(*bound.args, **bound.kwargs)
    except BaseException as error:
        with context.quietly(api):
            call.failed(error)
        raise
    finally:
        context.stack.pop()
    if part is not None and part.cut and rows is None:
        rows = rows_of(call.x)
    if rows is not None and api in {"predict", "predict_on_batch"}:
        result = restore_rows(result, rows)
    with context.quietly(api):
        call.ended(result, fit, part)
    if fit is not None and fit.cut and not fit.overtime and _own_train_step(context, model):
        _try_last_batch(context, model, bound.arguments)
    return result


def _try_last_batch(context: Context, model: Any, given: Mapping[str, Any]) -> None:
    """See, once for each model, whether its own step takes the last batch that a ``fit`` did not get to."""
    tried = context.tried_last
    number = context.registry.models.find(model)
    if number in tried or context.framework.backend != "tensorflow" or context.framework.is_legacy:
        return
    tried.add(number)
    trace_last_batch(context.hooks, model, given)


def _call(context: Context, original: Any) -> Any:
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        if context.by_framework(caller()) or not args:
            return original(self, *args, **kwargs)
        if not context.framework.executing_eagerly():
            return eager.traced_call(context, original, self, args, kwargs)
        if not all(is_concrete(part) for part in parts(args[0])):
            return original(self, *args, **kwargs)
        return eager.direct_call(context, original, self, args, kwargs)

    return wrapper
