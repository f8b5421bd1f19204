"""Reading a traced TensorFlow graph: which weights a loss depends on, and what fed each model.

While TensorFlow traces a function, the models called, the gradients taken and the optimizers applied
are noted with their symbolic tensors.  Afterwards the graph is walked backwards from each loss; it is
only read, never run or changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.model import ArraySummary, Fed, Step
from harness.run.watch.arrays import Array, extremes
from harness.run.watch.describe import shape_tuple
from harness.run.watch.values import Graph, outermost
from harness.run.watch.weights import trainable_ids, weights_of

SAME_VALUES = frozenset({"Identity", "Reshape", "ExpandDims", "Squeeze"})
_SAME_NUMBERS = frozenset({"Identity", "Cast", "ReadVariableOp"})
_OPS = 50_000  # operations walked at most
_CUTS = frozenset({"StopGradient", "PreventGradient", "EagerPyFunc", "PyFunc"})
_RANDOM = ("Random", "Multinomial", "TruncatedNormal", "Philox")


@dataclass(frozen=True)
class TracedCall:
    """A model called on symbolic tensors."""

    model: int
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]

    def made(self, tensor: Any) -> bool:
        """Whether a tensor is what this call put out, in whatever shape."""
        outputs = {id(output) for output in self.outputs}
        for _ in range(8):
            if id(tensor) in outputs:
                return True
            if tensor.op.type not in SAME_VALUES:
                return False
            tensor = tensor.op.inputs[0]
        return False

    def branches(self, calls: Iterable[TracedCall]) -> list[Any]:
        """The inputs, with joined batches of real and generated rows taken apart.

        What another call put out is not walked behind: a generator may end in a reshaping of its own.
        """
        made = {id(output.op) for call in calls if call is not self for output in call.outputs}
        found, waiting = [], list(self.inputs)
        while waiting:
            tensor = waiting.pop(0)
            if id(tensor.op) in made:
                found.append(tensor)
            elif tensor.op.type in SAME_VALUES:
                waiting.append(tensor.op.inputs[0])
            elif tensor.op.type == "ConcatV2":
                waiting.extend(list(tensor.op.inputs)[:-1])
            else:
                found.append(tensor)
        return found


@dataclass(frozen=True)
class TracedGradient:
    """A gradient of ``targets`` taken for the variables ``sources``."""

    targets: tuple[Any, ...]
    sources: tuple[Any, ...]
    line: int | None = None


@dataclass(frozen=True)
class TracedLoss:
    """Numbers handed to ``add_loss``: Keras's own training step minimises them, and takes the gradient."""

    targets: tuple[Any, ...]


@dataclass(frozen=True)
class TracedApply:
    """An optimizer applied to variables."""

    optimizer: int
    variables: tuple[Any, ...]


def native(variable: Any) -> Any:
    """The TensorFlow variable inside a Keras variable."""
    inner = getattr(variable, "_value", None)
    return variable if inner is None else inner


def cover(variables: set[int], models: Sequence[tuple[int, Any]]) -> tuple[int, ...]:
    """The models to which variables (by identity, native) belong.

    A model that merely holds another one and no further weight among the variables is left out
    unless all of its own trainable weights are there.
    """
    owned = {}
    for number, model in models:
        own = trainable_ids(model)
        mine = {id(native(v)) for v in weights_of(model) if id(v) in own}
        if mine & variables:
            owned[number] = mine
    whole = [number for number, mine in owned.items() if mine <= variables]
    covered = {v for number in whole for v in owned[number]}
    partly = [number for number, mine in owned.items() if (mine & variables) - covered]
    return tuple(sorted({*whole, *partly}))


def steps_of(
    traced: Iterable[Any],
    models: Sequence[tuple[int, Any]],
    arguments: tuple[ArraySummary, ...],
    trainable: Iterable[Any] = (),
) -> tuple[Step, ...]:
    """The gradient steps of a trace; ``arguments`` are the arrays fed to the traced function.

    ``trainable`` are the variables that Keras's own step moves by the losses that were added.
    """
    traced = list(traced)
    moved = {id(native(variable)) for variable in trainable}
    calls = [note for note in traced if isinstance(note, TracedCall)]
    applies = [note for note in traced if isinstance(note, TracedApply)]
    natives = [native(variable) for _, model in models for variable in weights_of(model)]
    handles = {id(variable.handle): id(variable) for variable in natives if hasattr(variable, "handle")}
    steps = []
    for note in traced:
        if not isinstance(note, TracedGradient | TracedLoss):
            continue
        ops, leaves = ancestors(note.targets, cut=True)
        read = {handles[h] for h in (id(outermost(leaf)) for leaf in leaves) if h in handles}
        fixed = {handles[h] for h in (id(outermost(leaf)) for leaf in _fixed(note.targets)) if h in handles}
        if isinstance(note, TracedGradient):
            sources = {id(native(variable)) for variable in note.sources}
        else:
            sources = read & moved
        fed = [call for call in calls if _inner(call) & ops]
        steps.append(
            Step(
                trained=cover(sources, models),
                through=cover(read | fixed, models),
                fed=tuple(
                    fed_to(call, tensor, calls, arguments) for call in fed for tensor in call.branches(calls)
                ),
                optimizer_id=_optimizer(sources, applies),
                exact=True,
                line=note.line if isinstance(note, TracedGradient) else None,
            )
        )
    # A first call is traced twice where variables are made in it.
    return tuple(dict.fromkeys(steps))


def _inner(call: TracedCall) -> set[int]:
    """The operations of one model call.

    Its output alone would not do: from a sigmoid, Keras's losses go straight to the logits before it.
    """
    given = frozenset(id(tensor.op) for tensor in call.inputs)
    ops, leaves = ancestors(call.outputs, cut=False, stop=given)
    return ops - given - {id(leaf.op) for leaf in leaves}


def _optimizer(sources: set[int], applies: list[TracedApply]) -> int | None:
    for apply in applies:
        if sources & {id(native(variable)) for variable in apply.variables}:
            return apply.optimizer
    return None


def ancestors(
    tensors: Iterable[Any], *, cut: bool, stop: frozenset[int] = frozenset()
) -> tuple[set[int], list[Any]]:
    """Operations before some tensors, and the tensors that enter the graph there.

    ``cut`` ends the walk where no gradient passes, otherwise it ends where only a shape or a random
    number passes; ``stop`` holds operations not to walk behind.
    """
    waiting = [tensor for tensor in tensors if hasattr(tensor, "op")]
    seen: set[int] = set()
    leaves = []
    while waiting and len(seen) < _OPS:
        tensor = waiting.pop()
        op = tensor.op
        if id(op) in seen:
            continue
        seen.add(id(op))
        if op.type == "Placeholder":
            leaves.append(tensor)
        if id(op) in stop or (op.type in _CUTS if cut else op.type == "Shape" or _is_random(op)):
            continue
        waiting.extend(op.inputs)
    return seen, leaves


def _fixed(targets: Iterable[Any]) -> list[Any]:
    """The handles of weights that a loss takes as they are: read, and cut off from its gradient at once.

    The loss goes through their model all the same; a cut further on, behind the model, is another thing.
    """
    waiting = [tensor for tensor in targets if hasattr(tensor, "op")]
    seen: set[int] = set()
    found = []
    while waiting and len(seen) < _OPS:
        op = waiting.pop().op
        if id(op) in seen:
            continue
        seen.add(id(op))
        if op.type in _CUTS:
            handle = _read_by(op)
            found += [] if handle is None else [handle]
            continue
        waiting.extend(op.inputs)
    return found


def _read_by(op: Any) -> Any:
    """The handle of the variable that an operation takes straight from memory; None for computed values."""
    for _ in range(6):
        if len(op.inputs) != 1:
            return None
        tensor, op = op.inputs[0], op.inputs[0].op
        if getattr(tensor.dtype, "name", "") == "resource":
            return tensor
        if op.type not in _SAME_NUMBERS:
            return None
    return None


def measured(
    calls: list[TracedCall], arguments: tuple[ArraySummary, ...], arrays: list[Array], seconds: float
) -> list[Fed]:
    """What traced model calls were fed, with values computed on the rows that the run fed."""
    graph, start = Graph(arrays), time.monotonic()
    found: list[Fed] = []
    for call in calls:
        for tensor in call.branches(calls):
            if time.monotonic() - start > seconds:
                return found
            try:
                low, high, finite = extremes(graph.value(tensor))
            except Exception:  # TensorFlow raises many kinds where an operation cannot run by itself
                continue
            fed = fed_to(call, tensor, calls, arguments)
            found.append(Fed(fed.model, replace(fed.array, low=low, high=high, finite=finite)))
    return found


def _is_argument(leaf: Any) -> bool:
    dtype = getattr(leaf.dtype, "name", "")
    return dtype not in {"resource", "variant"} and outermost(leaf) is leaf


def fed_to(
    call: TracedCall, tensor: Any, calls: list[TracedCall], arguments: tuple[ArraySummary, ...]
) -> Fed:
    """What one input of a model call stems from."""
    makers = {id(output.op): other for other in calls for output in other.outputs if other is not call}
    ops, leaves = ancestors([tensor], cut=False, stop=frozenset(makers))
    model = next((makers[op].model for op in makers if op in ops), None)
    shape = tuple(-1 if size is None else size for size in shape_tuple(getattr(tensor, "shape", None)) or ())
    origin, data_set, source = "unknown", None, None
    if any(_is_argument(leaf) for leaf in leaves):
        source = _argument(shape, arguments)
        origin, data_set = (source.origin, source.data_set) if source is not None else ("unknown", None)
    elif model is None and _any_random(tensor, ops):
        origin = "random"
    if model is not None and origin != "data-set":
        origin = "model"
    dtype = str(getattr(tensor.dtype, "name", tensor.dtype))
    return Fed(call.model, ArraySummary(shape, dtype, None, None, None, True, origin, model, data_set))


def _is_random(op: Any) -> bool:
    return any(word in op.type for word in _RANDOM)


def _any_random(tensor: Any, ops: set[int]) -> bool:
    waiting, seen = [tensor.op], set()
    while waiting:
        op = waiting.pop()
        if id(op) in seen or id(op) not in ops:
            continue
        seen.add(id(op))
        if _is_random(op):
            return True
        waiting.extend(source.op for source in op.inputs)
    return False


def _argument(shape: tuple[int, ...], arguments: tuple[ArraySummary, ...]) -> ArraySummary | None:
    alike = [array for array in arguments if array.shape[1:] == shape[1:]]
    images = [array for array in arguments if array.origin == "data-set"]
    return next(iter(alike or images or arguments), None)
