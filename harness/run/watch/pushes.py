"""Where the losses of hand-written steps drive verdicts: the label that a tape loop teaches, without labels.

A verdict is an output with one number a row, or a map of patches.  For each gradient of a traced step
the loss is computed again after the run with the verdicts set a little higher and a little lower; a
loss that falls when a verdict rises drives it up.  That holds for any loss: crossentropies of
probabilities and of logits, squares, hinges, Wasserstein's means.  On eager tapes the gradient for the
verdict is asked for together with that for the weights, which changes neither.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from harness.model import ArraySummary, Fed
from harness.run.watch.arrays import Array, shape_of
from harness.run.watch.context import Context, Trace
from harness.run.watch.describe import shape_tuple
from harness.run.watch.slopes import MIDDLE, Slopes
from harness.run.watch.structure import patches
from harness.run.watch.tapes import Flow
from harness.run.watch.tracing import (
    SAME_VALUES,
    TracedCall,
    TracedGradient,
    ancestors,
    cover,
    fed_to,
    native,
)
from harness.run.watch.values import Graph

_SHIFT = 0.25
_SMALLEST = 1e-7
_EXACT = 2e-7  # relative to the loss: what float32 cannot tell from nothing


def is_verdict(shape: Sequence[int | None] | None, given: Sequence[int | None] | None) -> bool:
    """Whether an output of ``shape`` judges inputs of the shape ``given``: one number, or small patches."""
    if not shape or len(shape) < 2:
        return len(shape or ()) == 1
    if all(size == 1 for size in shape[1:]):
        return True
    return given is not None and patches([tuple(given)], [tuple(shape)])


# --- traced steps --------------------------------------------------------------------------------------


def traced_pushes(context: Context, seconds: float) -> list[dict[str, Any]]:
    """What the kept traces say, for at most ``seconds``."""
    start = time.monotonic()
    found: list[dict[str, Any]] = []
    for trace in context.traces:
        for note in trace.gradients:
            if time.monotonic() - start > seconds:
                return found
            with context.quietly("pushes"):
                sources = {id(native(variable)) for variable in note.sources}
                trained = cover(sources, context.known())
                step = {
                    "line": note.line or trace.line,
                    "trained": list(trained),
                    "fed": _traced(trace, note),
                }
                # A first call is traced twice where variables are made in it.
                found += [step] if step not in found else []
    return found


class _Verdict:
    """One output of a traced call, with what it judges."""

    def __init__(self, call: TracedCall, tensor: Any, trace: Trace) -> None:
        self.tensor = tensor
        self.logit = _logit(tensor)
        self.groups = _groups(call, trace)
        rows = max((len(array) for array in trace.arrays), default=0)
        known = tensor.shape[0]
        self.rows = int(known) if known is not None else rows * len(self.groups)

    def value(self, shift: float = 0.0, group: int = 0) -> Array:
        """The verdicts as numbers, those of one group shifted."""
        whole = [self.rows, *(int(size) for size in self.tensor.shape[1:])]
        value = np.full(whole, MIDDLE if self.logit is None else 0.0, np.float32)
        share = self.rows // len(self.groups)
        value[group * share : (group + 1) * share] += shift
        return value


def _traced(trace: Trace, note: TracedGradient) -> list[dict[str, Any]]:
    ops, _ = ancestors(note.targets, cut=True)
    verdicts = [
        _Verdict(call, output, trace)
        for call in trace.calls
        for output in call.outputs
        if is_verdict(shape_tuple(output.shape), _given(call))
        and (id(output.op) in ops or ((logit := _logit(output)) is not None and id(logit.op) in ops))
    ]
    found = []
    loss = _Loss(trace.arrays, note.targets, verdicts)
    for verdict in verdicts:
        for group, feds in enumerate(verdict.groups):
            pushed = loss.slope(verdict, group)
            if pushed is not None:
                found += [_told(fed, pushed) for fed in feds]
    return found


def _given(call: TracedCall) -> tuple[int | None, ...] | None:
    shapes = [shape for tensor in call.inputs if (shape := shape_tuple(tensor.shape))]
    return max(shapes, key=len, default=None)


def _told(fed: Fed, pushed: str) -> dict[str, Any]:
    array = fed.array
    return {
        "model": fed.model,
        "origin": array.origin,
        "maker": array.origin_model,
        "data_set": array.data_set,
        "pushed": pushed,
    }


def _logit(tensor: Any) -> Any:
    """What a final sigmoid squashes; None where the output is no sigmoid's."""
    while tensor.op.type in SAME_VALUES:
        tensor = tensor.op.inputs[0]
    return tensor.op.inputs[0] if tensor.op.type == "Sigmoid" else None


def _groups(call: TracedCall, trace: Trace) -> list[list[Fed]]:
    """What a call was fed, for each part of a batch that joins real and generated rows."""
    if len(call.inputs) == 1:
        tensor = call.inputs[0]
        while tensor.op.type in SAME_VALUES:
            tensor = tensor.op.inputs[0]
        if tensor.op.type == "ConcatV2" and _axis(tensor.op) == 0:
            parts = list(tensor.op.inputs)[:-1]
            return [[fed_to(call, part, trace.calls, trace.arguments)] for part in parts]
    return [_examples([fed_to(call, tensor, trace.calls, trace.arguments) for tensor in call.inputs])]


def _examples(feds: list[Fed]) -> list[Fed]:
    """Of what one call was fed, the examples that it judges: labels or codes may stand beside them."""
    if not feds:
        return []

    def size(fed: Fed) -> tuple[int, bool]:
        return math.prod(abs(n) for n in fed.array.shape[1:]), fed.array.origin_model is not None

    return [max(feds, key=size)]


def _axis(op: Any) -> int | None:
    source = op.inputs[-1].op
    if source.type != "Const":
        return None
    value = source.get_attr("value")
    return int(value.int_val[0]) if len(value.int_val) else None


class _Loss:
    """A loss as a function of the verdicts alone; everything else is computed once."""

    def __init__(self, arrays: list[Array], targets: Sequence[Any], verdicts: Sequence[_Verdict]) -> None:
        self._graph = Graph(arrays)
        self._targets = targets
        self._verdicts = verdicts
        fixed = {id(tensor) for verdict in verdicts for tensor in (verdict.tensor, verdict.logit)}
        self._dependent: list[Any] = []
        seen: set[int] = set()
        for target in targets:
            for op in self._graph.order(target):
                if any(id(source) in fixed or id(source.op) in seen for source in op.inputs):
                    seen.add(id(op))
                    self._dependent.append(op)

    def slope(self, verdict: _Verdict, group: int) -> str | None:
        """Where the loss drives one group of verdicts; None where it does not care or cannot be computed."""
        try:
            lower, higher = (self._at(verdict, group, shift) for shift in (-_SHIFT, _SHIFT))
        except Exception:  # TensorFlow raises many kinds where an operation cannot run by itself
            return None
        if not np.isfinite(higher - lower) or abs(higher - lower) <= _SMALLEST + _EXACT * abs(lower):
            return None
        return "down" if higher > lower else "up"

    def _at(self, verdict: _Verdict, group: int, shift: float) -> float:
        self._graph.forget(self._dependent)
        for each in self._verdicts:
            value = each.value(shift if each is verdict else 0.0, group)
            if each.logit is not None:
                self._graph.put(each.logit, value.reshape([-1, *(int(n) for n in each.logit.shape[1:])]))
                value = 1 / (1 + np.exp(-value))
            self._graph.put(each.tensor, value)
        return float(sum(np.sum(self._graph.value(target), dtype=np.float64) for target in self._targets))


# --- eager tapes ---------------------------------------------------------------------------------------


def ways(flow: Flow) -> list[Any]:
    """The tensors through which a loss may depend on a verdict.

    Keras's losses go from a sigmoid's output straight to what it squashed.
    """
    logits = getattr(flow.verdict, "_keras_logits", None)
    return [flow.verdict] if logits is None else [flow.verdict, logits]


def eager_pushes(flows: Sequence[Flow], gradients: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """What the gradients of a loss for the ``ways`` of these flows say; None is no dependence."""
    found = []
    for flow, taken in zip(flows, gradients, strict=True):
        slopes = Slopes(flow.verdict, taken)
        if any(is_mixed(one) for one in flow.inputs):
            found += _of_rows(flow, slopes)
            continue
        if (pushed := slopes.pushed()) is not None:
            judged = _examples([Fed(flow.model, one) for one in flow.inputs])
            found += [_told(fed, pushed) for fed in judged]
    return found


def is_mixed(array: ArraySummary) -> bool:
    """Whether rows of a data set and of a model stand in one batch."""
    return array.data_set is not None and array.origin_model is not None


def _of_rows(flow: Flow, slopes: Slopes) -> list[dict[str, Any]]:
    """Where a loss drives the verdicts on either kind of row of a joined batch, as far as rows are known."""
    told = []
    for kind in dict.fromkeys(kind for _, kind in flow.rows):
        pushed = slopes.pushed([row for row, of in flow.rows if of == kind])
        if pushed is None:
            continue
        maker = kind if isinstance(kind, int) else None
        data_set = flow.inputs[0].data_set if maker is None else None
        origin = "data-set" if maker is None else "model"
        array = replace(flow.inputs[0], origin=origin, origin_model=maker, data_set=data_set)
        told.append(_told(Fed(flow.model, array), pushed))
    return told


def verdict_among(outputs: Sequence[Any], given: Sequence[Any]) -> Any:
    """The first output that is a verdict on what was given, or None."""
    shapes = [shape_of(value) for value in given]
    into = max(shapes, key=len, default=None)
    return next((output for output in outputs if is_verdict(shape_of(output), into)), None)
