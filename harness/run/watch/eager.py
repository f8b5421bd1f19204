"""Models called directly, tapes and optimizers of hand-written loops, and compiled functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from harness.model import Fed, Step
from harness.run.watch import compiled
from harness.run.watch.arrays import is_concrete, parts, shape_of
from harness.run.watch.calls import Observed, due
from harness.run.watch.context import Active, Context, caller, position
from harness.run.watch.describe import shape_tuple
from harness.run.watch.pushes import eager_pushes, is_mixed, verdict_among, ways
from harness.run.watch.tapes import Flow, Gradient
from harness.run.watch.tracing import TracedApply, TracedCall, TracedGradient, cover, native
from harness.run.watch.training import ModelCall

_MOST_PUSHES = 32  # looked at in a run


def direct_call(context: Context, original: Any, model: Any, args: Any, kwargs: Any) -> Any:
    """A model called by the program on real numbers."""
    call = None
    with context.quietly("call"):
        if not any(active.api in {"call", "train_on_batch"} for active in context.stack):
            call = ModelCall(context, "call", model, {"x": args[0]}, position(caller(3)))
    if call is None:
        return original(model, *args, **kwargs)
    context.stack.append(call.active)
    try:
        result = original(model, *args, **kwargs)
    except BaseException as error:
        with context.quietly("call"):
            call.failed(error)
        raise
    finally:
        context.stack.pop()
    with context.quietly("call"):
        call.ended(result, None)
        last = call.site.last
        verdict = verdict_among(parts(result), parts(args[0]))
        fed = last.inputs if last is not None else ()
        joined = verdict is not None and len(fed) == 1 and is_mixed(fed[0])
        wanted = joined and len(context.evidence.pushes) < _MOST_PUSHES
        rows = tuple(context.origins.rows(parts(args[0])[0])) if wanted else ()
        context.tapes.called(Flow(int(call.call.model or 0), fed, verdict, rows))
    return result


def traced_call(context: Context, original: Any, model: Any, args: Any, kwargs: Any) -> Any:
    """A model called by the program while a function is traced."""
    result = original(model, *args, **kwargs)
    with context.quietly("traced call"):
        note_call(context, model, args[0], result)
    return result


def note_call(context: Context, model: Any, given: Any, result: Any) -> None:
    """Keep what a model was given and put out while a function is traced."""
    if context.stack:
        number = context.sight(model)
        note = TracedCall(number, _symbolic(given), _symbolic(result))
        context.stack[0].traced.append(note)
        context.evidence.produced(number, [shape_tuple(tensor.shape) or () for tensor in note.outputs])


def _symbolic(value: Any) -> tuple[Any, ...]:
    return tuple(part for part in parts(value) if hasattr(part, "op"))


def gradient_method(context: Context, original: Any) -> Any:
    """Around ``GradientTape.gradient``."""

    def wrapper(self: Any, target: Any, sources: Any, *args: Any, **kwargs: Any) -> Any:
        flows: list[Flow] = []
        if not context.by_framework(caller()):
            with context.quietly("gradient"):
                flows = _note_gradient(context, self, target, sources)
        if not flows:
            return original(self, target, sources, *args, **kwargs)
        # The gradients for the weights are what they would have been: these are on the way to them.
        found, pushes = original(self, target, [sources, [ways(flow) for flow in flows]], *args, **kwargs)
        with context.quietly("pushes"):
            context.evidence.pushes += _pushes(context, flows, pushes)
        return found

    return wrapper


def _pushes(context: Context, flows: list[Flow], gradients: Any) -> list[dict[str, Any]]:
    fed = eager_pushes(flows, gradients)
    step = context.tapes.gradients[-1].step
    # A custom step's optimizer is applied at another line; its gradient is what the row is about.
    return [{"line": step.line, "trained": list(step.trained), "fed": fed}] if fed else []


def _note_gradient(context: Context, tape: Any, target: Any, sources: Any) -> list[Flow]:
    """Record a gradient; returns the flows for whose verdicts it is to be taken as well."""
    variables = tuple(v for v in flatten(sources) if hasattr(native(v), "handle"))
    if not variables:
        return []
    if not context.framework.executing_eagerly():
        if context.stack:
            targets = tuple(t for t in flatten(target) if hasattr(t, "op"))
            context.stack[0].traced.append(TracedGradient(targets, variables, context.hooks.line()))
        return []
    wanted = frozenset(id(native(variable)) for variable in variables)
    trained = _owners(context, wanted)
    flows = context.tapes.within(tape)
    through = _through(trained, flows)
    fed = tuple(Fed(flow.model, array) for flow in flows if flow.model in through for array in flow.inputs)
    step = Step(trained, through, fed, None, exact=False, line=context.hooks.line())
    context.tapes.gradients.append(Gradient(wanted, step, target))
    judged = [flow for flow in flows if flow.verdict is not None]
    return judged if len(context.evidence.pushes) < _MOST_PUSHES else []


def _owners(context: Context, wanted: frozenset[int]) -> tuple[int, ...]:
    """The models that own variables; looked for again only while none is found."""
    found = context.tapes.owners.get(wanted, ())
    if not found:
        context.sight_named()
        found = cover(set(wanted), context.known())
        context.tapes.owners[wanted] = found
    return found


def _through(trained: tuple[int, ...], flows: list[Flow]) -> tuple[int, ...]:
    """Models called on a tape that take what the trained ones put out, and those that feed them."""
    feeds = {(a.origin_model, f.model) for f in flows for a in f.inputs if a.origin_model is not None}
    reached = set(trained)
    for _ in flows:
        reached |= {taker for maker, taker in feeds if maker in reached}
    on_tape = {flow.model for flow in flows}
    for _ in flows:
        reached |= {maker for maker, taker in feeds if taker in reached and maker in on_tape}
    return tuple(sorted(reached))


def flatten(value: Any) -> Iterable[Any]:
    """The leaves of nested lists, tuples and mappings."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in flatten(item)]
    return [value]


def enter_method(context: Context, original: Any) -> Any:
    """Around ``GradientTape.__enter__``."""

    def wrapper(self: Any) -> Any:
        context.tapes.opened(self)
        return original(self)

    return wrapper


def apply_gradients_method(context: Context, original: Any) -> Any:
    """Around ``apply_gradients``; an iterator of pairs is read once, for us and for Keras."""

    def wrapper(self: Any, grads_and_vars: Any, *args: Any, **kwargs: Any) -> Any:
        pairs = list(grads_and_vars)
        variables = [pair[1] for pair in pairs if isinstance(pair, tuple | list) and len(pair) == 2]
        return _applied(context, self, variables, lambda: original(self, pairs, *args, **kwargs))

    return wrapper


def apply_method(context: Context, original: Any) -> Any:
    """Around Keras 3's ``apply``."""

    def wrapper(self: Any, grads: Any, trainable_variables: Any = None, *args: Any, **kwargs: Any) -> Any:
        if trainable_variables is not None and not isinstance(trainable_variables, list | tuple):
            trainable_variables = list(trainable_variables)
        known = (
            trainable_variables
            if trainable_variables is not None
            else getattr(self, "_trainable_variables", [])
        )
        return _applied(
            context, self, list(known), lambda: original(self, grads, trainable_variables, *args, **kwargs)
        )

    return wrapper


def _applied(context: Context, optimizer: Any, variables: list[Any], run: Any) -> Any:
    if context.closed:
        return run()
    if not context.framework.executing_eagerly():
        with context.quietly("apply"):
            if context.stack:
                number = context.registry.optimizers.of(optimizer)
                context.stack[0].traced.append(TracedApply(number, tuple(variables)))
        return run()
    if context.stack:  # part of a fit, of a train_on_batch, or of apply_gradients
        return run()
    return _applied_eagerly(context, optimizer, variables, run)


def _applied_eagerly(context: Context, optimizer: Any, variables: list[Any], run: Any) -> Any:
    call, before, site = None, None, None
    with context.quietly("apply"):
        number = context.registry.optimizers.of(optimizer)
        line = context.hooks.line()
        step, loss = _step(context, variables, number)
        site = context.ledger.site((line, "apply", number, step.trained))
        call = Observed("apply", None, True, line, bool(context.hooks.in_loop()))
        call.optimizer_id, call.updates = number, 1
        call.through, call.steps = step.through, (step,)
        examined = due(site.calls)
        count = compiled.iterations(optimizer) if examined else None
        before = context.snapshot() if examined else None
        call.losses = scalar(loss) if examined else ()
    context.stack.append(Active("apply"))
    try:
        result = run()
    except Exception as error:
        if call is not None and site is not None:
            call.error = type(error).__name__
            context.ledger.add(site, call)
        raise
    finally:
        context.stack.pop()
    with context.quietly("apply"):
        if call is not None and site is not None:
            context.hooks.count_updates(1)
            after = compiled.iterations(optimizer) if count is not None else None
            call.iterations = (count, after) if count is not None and after is not None else None
            if before is not None:
                call.moved = context.moved_since(before)
                context.evidence.stepped(call.line, call.steps)
                context.ledger.add(site, call)
            else:
                context.ledger.repeat(site, call)
    return result


def _step(context: Context, variables: list[Any], optimizer: int) -> tuple[Step, Any]:
    """The latest gradient that was taken for these variables, and its loss."""
    wanted = {id(native(variable)) for variable in variables}
    for gradient in reversed(context.tapes.gradients):
        if gradient.sources & wanted:
            found = gradient.step
            return replace(found, optimizer_id=optimizer), gradient.loss
    trained = cover(wanted, context.known())
    return Step(trained, trained, (), optimizer, exact=False), None


def scalar(result: Any) -> tuple[float, ...]:
    """The first single number in a result, such as a loss."""
    for leaf in flatten(result):
        if is_concrete(leaf) and shape_of(leaf) == () and isinstance(leaf, int | float) is False:
            return (float(np.asarray(leaf)),)
    return ()
