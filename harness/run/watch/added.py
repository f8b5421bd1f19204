"""Losses that a model adds by itself, loss objects called by hand, and models called with given weights.

A model may compute its losses in ``call`` and hand them to ``add_loss``; Keras's own training step then
takes the gradient, and no tape of the program is seen.  One that is to judge without learning may be called
with weights cut off from the gradient, by ``stateless_call``.  All of this is noted while it is traced.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.model import LossTaken
from harness.run.watch import compiled
from harness.run.watch.arrays import is_concrete, to_numpy
from harness.run.watch.context import Context, caller
from harness.run.watch.eager import flatten, note_call
from harness.run.watch.tracing import SAME_VALUES, TracedCall, TracedLoss, ancestors

_SCRATCH = "scratch_graph"  # where Keras calls a model to learn its shapes, before any training


def add_loss_method(context: Context, original: Any) -> Any:
    """Around ``add_loss``."""

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        if context.stack and not context.by_framework(caller()):
            with context.quietly("added loss"):
                targets = tuple(t for t in flatten([args, kwargs]) if hasattr(t, "op") and not _is_scratch(t))
                if targets:
                    context.stack[0].traced.append(TracedLoss(targets))
        return original(self, *args, **kwargs)

    return wrapper


def stateless_call_method(context: Context, original: Any) -> Any:
    """Around ``stateless_call``: a call of the model like any other, on weights of the caller's choice."""

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        given = args[2:]  # behind the trainable and the other variables
        if given and not context.by_framework(caller()) and not context.framework.executing_eagerly():
            with context.quietly("stateless call"):
                note_call(context, self, given[0], result[0])
        return result

    return wrapper


def loss_method(context: Context, original: Any) -> Any:
    """Around a loss object's ``__call__``; each kind of use at a line is told once."""
    told: set[tuple[Any, ...]] = set()

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        truth = kwargs.get("y_true", args[0] if args else None)
        prediction = kwargs.get("y_pred", args[1] if len(args) > 1 else None)
        if prediction is not None and not context.by_framework(caller()):
            with context.quietly("loss"):
                use = (
                    context.hooks.line(),
                    compiled.canonical(self),
                    compiled.from_logits((self,)),
                    _maker(context, prediction),
                    _ends(prediction),
                    _judged_as_truth(context, truth, prediction),
                )
                if use not in told and len(told) < 64:
                    told.add(use)
                    line, name, logits, model, ends, labels = use
                    context.hooks.emit(
                        LossTaken,
                        line=line,
                        name=name,
                        from_logits=logits,
                        model=model,
                        ends=ends,
                        labels=labels,
                    )
        return original(self, *args, **kwargs)

    return wrapper


def _maker(context: Context, prediction: Any) -> int | None:
    """The model whose output, unchanged, a loss is taken of."""
    if is_concrete(prediction):
        return context.origins.maker(prediction)
    if not hasattr(prediction, "op") or not context.stack:
        return None
    calls = [note for note in context.stack[0].traced if isinstance(note, TracedCall)]
    return next((call.model for call in reversed(calls) if call.made(prediction)), None)


def _judged_as_truth(context: Context, truth: Any, prediction: Any) -> int | None:
    """The model whose output a loss is given as labels, where its predictions are surely no model's."""
    if is_concrete(prediction):
        made = context.origins.maker(truth) if is_concrete(truth) else None
        if made is None:  # in almost every call, and looking for where numbers come from takes time
            return None
        summary = context.origins.summarise(prediction)
        # Whole numbers throughout are labels, wherever they come from.
        whole = summary.distinct is not None and all(value.is_integer() for value in summary.distinct)
        return made if whole or summary.origin in _NO_MODEL_S else None
    if not hasattr(prediction, "op") or not hasattr(truth, "op") or not context.stack:
        return None
    calls = [note for note in context.stack[0].traced if isinstance(note, TracedCall)]
    put_out = frozenset(id(output.op) for call in calls for output in call.outputs)
    on_the_way, leaves = ancestors(_like(prediction), cut=False, stop=put_out)
    computed = on_the_way & put_out or any(getattr(leaf.dtype, "name", "") == "resource" for leaf in leaves)
    return None if computed else _maker(context, truth)


_NO_MODEL_S = frozenset({"constant", "data-set"})


def _like(tensor: Any) -> list[Any]:
    """What a tensor is computed of; one that is only as large as another is computed of nothing."""
    return [] if tensor.op.type in {"OnesLike", "ZerosLike"} else [tensor]


def _ends(prediction: Any) -> str | None:
    """What was computed last on the way to a prediction; None where that says nothing.

    Keras marks what a sigmoid or softmax of its own has put out. "outside": values that no probability has.
    """
    if is_concrete(prediction):
        array = to_numpy(prediction)
        if array is None or not array.size:
            return None
        if getattr(prediction, "_keras_logits", None) is not None:
            shares = array.ndim > 1 and array.shape[-1] > 1 and np.allclose(array.sum(-1), 1, atol=_ROUNDING)
            return "softmax" if shares else "sigmoid"
        return "outside" if array.min() < -_ROUNDING or array.max() > 1 + _ROUNDING else None
    waiting, found, joined = [prediction], set[str | None](), False
    for _ in range(16):
        if not waiting:
            break
        op = waiting.pop().op
        if op.type in SAME_VALUES:
            waiting.append(op.inputs[0])
        elif op.type == "ConcatV2":
            waiting.extend(list(op.inputs)[:-1])
            joined = True
        else:
            sums = op.type in {"AddV2", "BiasAdd"} and any(source.op.type in _SUMS for source in op.inputs)
            found.add("linear" if sums else _ENDS.get(op.type))
    last = found.pop() if len(found) == 1 and not waiting else None
    # Behind a joint Keras does not look for what was squashed: that is another case, and a rare one.
    return last if not joined or last == "linear" else None


_ROUNDING = 1e-3
_SUMS = frozenset({"MatMul", "BatchMatMulV2", "Conv2D"})
_ENDS = {"Sigmoid": "sigmoid", "Softmax": "softmax"} | dict.fromkeys(_SUMS, "linear")


def _is_scratch(tensor: Any) -> bool:
    return str(getattr(tensor.graph, "name", "")).startswith(_SCRATCH)
