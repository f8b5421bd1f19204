"""The trace: what a run says of itself.  Claims, which the parent checks against these types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.model.confinement import Outcome
from harness.model.seen import ArraySummary, LayerSeen, Moved, Step


@dataclass(frozen=True)
class Event:
    """Something that happened in a run. ``seq`` counts from 0; ``line`` is the article line that
    was being executed (the innermost article frame), None before the first and after the last."""

    seq: int
    line: int | None


@dataclass(frozen=True)
class Started(Event):
    python: str
    versions: Mapping[str, str]  # package -> version
    backend: str | None = None
    device: str | None = None


@dataclass(frozen=True)
class FrameworkLoaded(Event):
    versions: Mapping[str, str]
    backend: str
    device: str


@dataclass(frozen=True)
class StatementStarted(Event):
    """A top-level statement is about to be executed."""

    index: int
    end_line: int


@dataclass(frozen=True)
class StatementDone(Event):
    """A top-level statement ended. status: "ok", "failed", "lost" (it only followed from an
    earlier fault), "cut" (left because the update budget was spent), "timeout" (left because the
    run's time was nearly spent)."""

    index: int
    end_line: int
    status: str


@dataclass(frozen=True)
class Fault(Event):
    """An exception that article code did not handle.

    ``line``/``end_line`` are those of the innermost article statement on the traceback.  Where
    ``follows`` is set this is only a consequence of that earlier fault (its seq).
    """

    end_line: int
    type: str  # exception class name, e.g. "ModuleNotFoundError"
    message: str
    lines: tuple[int, ...]  # article lines of the traceback, outermost first
    raised_in: str  # module and function that raised, e.g. "keras.src.layers.input_spec.assert_..."
    statement: int  # index of the top-level statement
    source: str  # the innermost article statement, as printed
    name: str | None = None  # NameError: the name; ImportError: the module; AttributeError: attribute
    object_kind: str | None = None  # AttributeError: class of the object, "module keras.layers", ...
    follows: int | None = None
    repaired: bool = False  # a Repair event with fault=this seq exists

    def spans(self, line: int | None) -> bool:
        """Whether an article line is one of the failed statement's."""
        return self.line is not None and line is not None and self.line <= line <= self.end_line


@dataclass(frozen=True)
class Repair(Event):
    """A mechanical repair that let the run go on after a fault; made on a working copy."""

    end_line: int
    rule: str  # the rule that reports it
    fault: int | None  # seq of the fault
    before: str  # text of the article (one or more whole lines or a part of one line)
    after: str
    evidence: Mapping[str, Any]  # e.g. {"module": ..., "replacement": ..., "removed_in": ...}


@dataclass(frozen=True)
class Lost(Event):
    """Names that are unbound because the statement that would have bound them failed."""

    names: tuple[str, ...]
    fault: int


@dataclass(frozen=True)
class Noticed(Event):
    """A Python warning, or a message of the framework."""

    category: str
    message: str


@dataclass(frozen=True)
class StoodIn(Event):
    """A package that only shows things is not installed, and something that shows nothing took its place."""

    package: str


@dataclass(frozen=True)
class ModelSeen(Event):
    """A model, described when it is first used and again when its structure has changed."""

    model: int
    kind: str  # "Sequential", "Functional" or the subclass's name
    names: tuple[str, ...]  # variables of the program that hold it
    layers: tuple[LayerSeen, ...]  # and the operations of a functional model, in order
    input_shapes: tuple[tuple[int | None, ...], ...]
    output_shapes: tuple[tuple[int | None, ...], ...]
    parameters: int
    contains: tuple[int, ...]  # models whose weights are all among its own
    shares: tuple[int, ...]  # models with which it shares some weight
    built: bool = True
    created_line: int | None = None
    untracked: tuple[tuple[str, str], ...] = ()  # class and attribute of variables that it does not train


@dataclass(frozen=True)
class Compiled(Event):
    model: int
    optimizer: str | None  # class name
    optimizer_id: int | None  # equal for the same object
    learning_rate: float | None
    losses: tuple[str, ...]  # canonical names: "binary_crossentropy", or a function's own name
    from_logits: bool | None
    metrics: tuple[str, ...]
    trainable: Mapping[int, bool]  # model -> its trainable flag at this moment
    times: int = 1  # how often this line has compiled this model so far
    in_loop: bool = False
    exact: bool = False  # a metric is Keras's class `Accuracy`, which asks for equal numbers
    thresholds: tuple[float, ...] = ()  # of the binary accuracies among the metrics that have their own


@dataclass(frozen=True)
class Call(Event):
    """One observed call, or ``count`` alike in a row from the same line.

    api: "fit", "train_on_batch", "evaluate", "test_on_batch", "predict", "predict_on_batch",
    "call" (a model called directly, outermost and eager only), "apply" (optimizer.apply in eager
    mode), "function" (an outermost call of a tf.function that moved a weight).
    Training calls are those whose ``trains`` is true.
    """

    api: str
    model: int | None  # the receiver; None for "apply" and "function"
    trains: bool
    count: int
    inputs: tuple[ArraySummary, ...]
    targets: tuple[ArraySummary, ...]
    outputs: tuple[ArraySummary, ...]
    moved: tuple[Moved, ...]  # over all models known; the first calls of a line only
    through: tuple[int, ...]  # models that the loss went through (receiver, and those inside it)
    optimizer_id: int | None
    iterations: tuple[int, int] | None  # optimizer's count before and after those examined
    losses: tuple[float, ...]  # the value of the loss, first and last of the counted calls
    batch: int | None  # rows of one update
    updates: int  # training updates made by all counted calls
    planned: int | None  # updates that the article asks for in this call, where known (fit)
    in_loop: bool
    error: str | None = None  # exception type where the call raised (inputs are still recorded)
    cut: bool = False  # ended early by a budget
    late: bool = False  # of a call that was cut: its time was spent, and not its updates
    reduced: bool = False  # ran on fewer rows than the article feeds, to fit the budget
    steps: tuple[Step, ...] = ()  # of custom training steps and tape loops, where known
    endless: str | None = None  # the argument of fit that is a pipeline without end, and no steps are given


@dataclass(frozen=True)
class LossTaken(Event):
    """A loss object that the program called itself; each kind of use at a line is told once."""

    name: str  # canonical, e.g. "binary_crossentropy"
    from_logits: bool | None
    model: int | None  # the model whose output, unchanged, it is taken of; None where that is not known
    ends: str | None = (
        None  # how its predictions were computed: "sigmoid", "softmax", "linear", or "outside" [0, 1]
    )
    labels: int | None = None  # the model whose output it was given as labels, its predictions being none's


class Spent(StrEnum):
    """Of what a loop that is left early had its share."""

    UPDATES = "updates"
    TIME = "time"
    ROUNDS = "rounds"  # those of a loop in which a statement cannot run


@dataclass(frozen=True)
class LoopLeft(Event):
    """A loop was left because a budget was spent; where ``last``, the loop's last round followed first."""

    end_line: int
    iterations: int
    updates: int
    compilations: int = 0  # models compiled anew in it, each of which is charged like several updates
    spent: Spent = Spent.UPDATES
    last: bool = False


@dataclass(frozen=True)
class SmallerBatch(Event):
    """A loop over a pipeline goes on with a batch of fewer rows than before; told once a loop."""

    end_line: int
    rows: int
    before: int


@dataclass(frozen=True)
class DataLoaded(Event):
    """A data set was asked for and answered from the project's store."""

    name: str  # "mnist"
    shapes: tuple[tuple[int, ...], ...]
    repeated_from: int | None  # number of different images where a subset was repeated
    made_up: bool = False  # arrays of the documented shapes and ranges, and not the data themselves


@dataclass(frozen=True)
class NetworkTried(Event):
    what: str  # e.g. "keras.utils.get_file https://..."; a claim, for the message only


@dataclass(frozen=True)
class Probe(Event):
    """A measurement made after the run, in the worker.

    name: "roles", "fit-together" (does D accept G's output), "dependence" (does the loss that
    trains G depend on D's weights), "ranges" (G's output against real data at D's input),
    "gradients" (per trainable weight: finite, non-zero), "direction" (a G step moves D(G(z))
    towards the real side).  ``result`` is documented where the probe is made.
    """

    name: str
    models: tuple[int, ...]
    result: Mapping[str, Any]


@dataclass(frozen=True)
class Ended(Event):
    """The completion record: written once, when all statements have been attempted."""

    statements: int
    executed: int
    updates: int


@dataclass(frozen=True)
class Trace:
    """The events of a run, as the worker claims them, with the facts that the parent saw."""

    events: tuple[Event, ...]
    outcome: Outcome
    completed: bool  # an authentic completion record arrived and agrees with the listing
    reason: str | None = None  # why it is not complete, for people
