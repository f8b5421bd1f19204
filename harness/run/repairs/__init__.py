"""Mechanical repairs: what to put in place of a failed statement so that a run can go on.

A repair never hides a fault: the fault stays recorded, and the repair names the rule that reports
it.  A repair is a module of this package whose name does not begin with an underscore; it has a
function ``repair(context) -> Proposal | None`` and is registered by being there.  A file without
one fails loudly at load.

Nothing here imports a framework: repairs look at the objects of the run that they are handed.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from harness.knowledge.changes import changes
from harness.knowledge.imports import well_known


@dataclass(frozen=True)
class FaultContext:
    """A fault as the worker sees it, at the innermost article statement of its traceback.

    ``source`` is that statement's text, as printed and dedented; it may span several lines.
    ``statement`` is its syntax tree, whose line numbers are article lines.  ``namespace`` is the
    program's module namespace and ``local_names`` are the names local to the statement's function.
    ``program`` is the whole listing's text: it shows, for example, from which package Keras comes.
    """

    error: BaseException
    type: str
    message: str
    line: int
    end_line: int
    source: str
    statement: ast.stmt
    namespace: Mapping[str, object] = field(repr=False)
    local_names: frozenset[str] = frozenset()
    program: str = field(default="", repr=False)


@dataclass(frozen=True)
class Proposal:
    """How to go on after a fault.

    ``bind`` is an import statement to execute in the module's namespace, ``statement`` the source
    to run instead of the failed statement (with no more lines than it has); a proposal has one of
    them or both, and the import goes first.  ``before`` and ``after`` tell the reader what to
    change: ``before`` is found literally in the article's lines, or is empty where ``after`` is a
    line to add.
    """

    rule: str
    statement: str | None
    bind: str | None
    before: str
    after: str
    evidence: Mapping[str, Any]


class RepairError(Exception):
    """A repair file that does not keep to the form; the message names the file."""


@cache
def load() -> tuple[Callable[[FaultContext], Proposal | None], ...]:
    """The repairs, by file name.  Raises RepairError where a file defines no repair()."""
    # Read now: the worker later hides this package from the article.
    changes()
    well_known()
    found = []
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        if info.name.startswith("_"):
            continue
        repair = getattr(importlib.import_module(f"{__name__}.{info.name}"), "repair", None)
        if not callable(repair):
            raise RepairError(f"harness/run/repairs/{info.name}.py: it defines no function repair(context).")
        found.append(repair)
    return tuple(found)


def propose(context: FaultContext) -> Proposal | None:
    """The first repair that knows this fault, or None.  A proposal that changes nothing is dropped."""
    forget_failed_steps(context)
    for repair in load():
        proposal = repair(context)
        if proposal is None:
            continue
        if proposal.bind is not None or _is_new(context, proposal.statement):
            _take_back_layer(context)
            return proposal
    return None


def _trains(kind: type) -> bool:
    """Keras's classes with a training step: the ``Trainer`` of Keras 3, the ``Model`` of Keras 2."""
    return kind.__name__ == "Trainer" or (
        kind.__name__ == "Model" and kind.__module__.partition(".")[0] == "tf_keras"
    )


def _is_new(context: FaultContext, statement: str | None) -> bool:
    """Whether a replacement parses, keeps within the statement's lines and differs from it."""
    if statement is None or statement == context.source:
        return False
    if statement.count("\n") > context.source.rstrip("\n").count("\n"):
        return False
    try:
        ast.parse(statement)
    except SyntaxError:
        return False
    return True


def _forget_failed_trace(thing: Any) -> None:
    """Let a ``tf.function`` whose first trace failed before it made a variable make them in the next one."""
    if type(thing).__module__.startswith("tensorflow.") and hasattr(thing, "_variable_creation_config"):
        traced = getattr(thing, "_concrete_variable_creation_fn", None)
        if traced is None and not getattr(thing, "_created_variables", None):
            thing._variable_creation_config = None


def _start_slots(optimizer: Any) -> None:
    """Fill the variables that an optimizer made in a trace that failed before it filled them."""
    variables = optimizer.variables
    for variable in () if callable(variables) else variables:
        # A variable of Keras 3 on TensorFlow holds one of TensorFlow.
        held: Any = getattr(variable, "value", None)
        if hasattr(held, "is_initialized") and not bool(held.is_initialized()):
            held.assign(sys.modules["tensorflow"].zeros(held.shape, held.dtype))


def _forget_seed() -> None:
    """Let Keras make its seed anew, where a trace made it that failed before it filled it."""
    state = sys.modules.get("keras.src.backend.common.global_state")
    seed: Any = None if state is None else state.get_global_attribute("global_seed_generator")
    held: Any = getattr(getattr(seed, "state", None), "value", None)
    if state is not None and hasattr(held, "is_initialized") and not bool(held.is_initialized()):
        state.set_global_attribute("global_seed_generator", None)


def _take_back_layer(context: FaultContext) -> None:
    """Take a layer that could not be built out of the model that it was being added to.

    ``Sequential.add`` of Keras 3 keeps it, and the ``Input`` made for a first one; the statement runs again.
    """
    step = context.error.__traceback__
    while step is not None:
        names, code = step.tb_frame.f_locals, step.tb_frame.f_code
        model: Any = names.get("self")
        kept = getattr(model, "_layers", None)
        if code.co_name == "add" and type(model).__name__ == "Sequential" and isinstance(kept, list) and kept:
            layer = names.get("layer")
            if kept[-1] is layer:
                model.pop(rebuild=False)
            if len(kept) == 1 and getattr(layer, "_input_shape_arg", None) is not None:
                model.pop(rebuild=False)
        step = step.tb_next


def forget_failed_steps(context: FaultContext) -> None:
    """Let Keras models that have never been trained build their training step anew.

    A compiled step that failed in its first call has its variables already made, and TensorFlow then
    refuses every later call, right or wrong ("Creating variables on a non-first call").
    """
    _forget_seed()
    step = context.error.__traceback__
    things = list(context.namespace.values())
    while step is not None:
        things += list(step.tb_frame.f_locals.values())
        step = step.tb_next
    for thing in things:
        _forget_failed_trace(thing)
        if not any(_trains(kind) for kind in type(thing).__mro__):
            continue
        model: Any = thing
        optimizer = getattr(model, "optimizer", None)
        if getattr(model, "train_function", None) is None or optimizer is None:
            continue
        if int(optimizer.iterations) == 0:
            model.train_function = None
            _start_slots(optimizer)
