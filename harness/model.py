"""The nouns of Errata: frozen values that the stages hand to one another.

No behaviour and no third-party import lives here.  The words are those of ``docs/glossary.md``.
Line numbers are always article lines, counted from 1.  For a notebook they are the lines of the
``.ipynb`` file itself where every source line stands on a line of its own (as nbformat writes it).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

# --- articles and listings ---------------------------------------------------------------------


@dataclass(frozen=True)
class Article:
    """A tutorial's text, verbatim, pinned by the SHA-256 of its bytes."""

    path: str
    sha256: str
    text: str
    kind: str  # "markdown", "notebook" or "script"


class BlockKind(StrEnum):
    PYTHON = "python"
    SHELL = "shell"
    OUTPUT = "output"
    REPL = "repl"
    OTHER = "other"


@dataclass(frozen=True)
class Block:
    """One fenced code block or notebook cell; ``index`` counts all blocks of the article from 1."""

    index: int
    kind: BlockKind
    language: str  # first word of the info string, "" where there is none
    line: int  # article line of its first source line
    end_line: int  # article line of its last source line
    source: str  # as printed, without the fence and without its container's indentation
    cell: int | None = None  # of a notebook: which of all its cells it is, counted from 1


@dataclass(frozen=True)
class BrokenLine:
    """Lines of a Python block that no Python parser accepts; they are blank in ``Listing.text``."""

    line: int
    end_line: int
    block: int
    source: str
    message: str  # the parser's words


@dataclass(frozen=True)
class ListingNotice:
    """Something about the article's form that a reader should know, e.g. an unclosed fence."""

    line: int
    rule: str
    message: str
    block: int | None = None


@dataclass(frozen=True)
class Listing:
    """An article's Python program.

    ``text`` has exactly one line for every article line up to the last statement: line *n* of it
    is the code of article line *n*, and blank where the article has prose.  It always parses.
    """

    article: Article
    blocks: tuple[Block, ...]
    text: str
    broken: tuple[BrokenLine, ...] = ()
    notices: tuple[ListingNotice, ...] = ()


# --- confinement ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Limits:
    """What a confined process tree may use; every field is a hard bound."""

    wall_seconds: float = 240.0
    cpu_seconds: float = 480.0
    memory_bytes: int = 3 * 2**30
    processes: int = 256
    disk_bytes: int = 512 * 2**20  # all that lies in scratch
    file_bytes: int = 512 * 2**20  # one file
    files: int = 20_000  # entries in scratch
    output_bytes: int = 4 * 2**20  # stdout and stderr together
    record_bytes: int = 32 * 2**20  # the record channel


@dataclass(frozen=True)
class Budget:
    """Limits of a run, and how much training of it is watched.

    ``updates`` bounds the training updates of each outermost training loop (or of each training
    call outside any loop); the loop is left cleanly afterwards.  ``busy_seconds`` bounds the processor
    time of the program's own thread, so that an endless loop ends soon on an idle machine, while
    on a busy one slow work still has the whole wall time of ``limits``.
    """

    limits: Limits = field(default_factory=Limits)
    updates: int = 30
    busy_seconds: float = 90.0
    seed: int = 20211


@dataclass(frozen=True)
class Confinement:
    """How a run was confined; each flag says that the protection was really in force."""

    backend: str  # "bubblewrap", "landlock" or "none"
    network: bool  # True: no network of any kind can be reached
    filesystem: bool  # True: nothing outside scratch can be written, no home can be read
    processes: bool  # True: own pid namespace, nothing survives
    system_calls: bool  # True: seccomp filter
    privileges: bool  # True: not root for the kernel, no new privileges
    limits: bool  # True: time, memory, processes, disk and output are bounded
    detail: str = ""


class Killed(StrEnum):
    """Why the parent ended a confined process tree."""

    WALL = "wall-time"
    CPU = "cpu-time"
    MEMORY = "memory"
    PROCESSES = "processes"
    DISK = "disk"
    OUTPUT = "output"
    RECORDS = "records"
    INTERRUPT = "interrupt"


@dataclass(frozen=True)
class Outcome:
    """What the parent itself saw of a confined process: facts, not claims."""

    exit_code: int | None
    signal: int | None
    killed: Killed | None
    stdout: bytes  # capped
    stderr: bytes  # capped
    truncated: bool
    seconds: float
    peak_memory: int  # bytes, of the whole tree


class Sandbox(Protocol):
    """A way to start untrusted code; one file per backend in ``harness/sandbox/``."""

    @property
    def name(self) -> str: ...

    @property
    def confinement(self) -> Confinement: ...

    def run(
        self,
        command: Sequence[str],
        *,
        scratch: Path,
        limits: Limits,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        readable: Sequence[Path] = (),
        on_record: Callable[[bytes], None] | None = None,
        on_output: Callable[[str, bytes], None] | None = None,
    ) -> Outcome:
        """Run ``command`` in ``scratch`` (the only writable folder, also its working directory).

        The process gets ``stdin``, two captured output streams and, where ``on_record`` is given,
        a record channel: a pipe whose descriptor number is in the environment variable
        ``ERRATA_RECORDS``.  ``on_record`` is called with each complete line as it arrives (without
        its newline), ``on_output`` with ("stdout" | "stderr", chunk).  Nothing of the tree is
        alive when this returns.
        """
        ...


# --- the trace: what a run says of itself (claims, schema-checked by the parent) -------------------


@dataclass(frozen=True)
class ArraySummary:
    """What is known of an array that was fed to a model or came out of one."""

    shape: tuple[int, ...]
    dtype: str
    low: float | None  # smallest finite value
    high: float | None
    distinct: tuple[float, ...] | None  # all its values where there are at most ten
    finite: bool = True
    origin: str = "unknown"  # "data-set", "model", "random", "constant", "unknown"
    origin_model: int | None = None  # the model whose output it is (origin "model")
    data_set: str | None = None  # e.g. "mnist.x_train" (origin "data-set")
    fraction: float | None = None  # share of its rows that are rows of that data set


@dataclass(frozen=True)
class LayerSeen:
    """One layer as the model holds it; ``model`` is set where the layer is itself a known model."""

    kind: str  # class name
    name: str
    activation: str | None
    output_shape: tuple[int | None, ...] | None
    settings: Mapping[str, Any]  # units, filters, kernel_size, strides, rate, negative_slope ...
    parameters: int
    model: int | None = None


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
class ModelSeen(Event):
    """A model, described when it is first used and again when its structure has changed."""

    model: int
    kind: str  # "Sequential", "Functional" or the subclass's name
    names: tuple[str, ...]  # variables of the program that hold it
    layers: tuple[LayerSeen, ...]
    input_shapes: tuple[tuple[int | None, ...], ...]
    output_shapes: tuple[tuple[int | None, ...], ...]
    parameters: int
    contains: tuple[int, ...]  # models whose weights are all among its own
    shares: tuple[int, ...]  # models with which it shares some weight
    built: bool = True
    created_line: int | None = None


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


@dataclass(frozen=True)
class Moved:
    """How far a model's weights went in a call: the largest absolute change of one number."""

    model: int
    trainable: float  # over trainable variables (by their own flag, whatever the model's flag says)
    other: float  # over the rest (batch norm statistics, seed states left out)
    changed: int  # number of weight arrays that changed
    arrays: int  # number of weight arrays


@dataclass(frozen=True)
class Fed:
    """An array that a model received inside a step."""

    model: int
    array: ArraySummary


@dataclass(frozen=True)
class Step:
    """One gradient taken inside a call, read off the traced graph or off an eager tape."""

    trained: tuple[int, ...]  # models that own the variables for which the gradient is taken
    through: tuple[int, ...]  # models whose weights the loss depends on without a cut between
    fed: tuple[Fed, ...]  # what each model received; values are known for eager tapes only
    optimizer_id: int | None
    exact: bool  # True: from the graph; False: from the order of eager calls


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
    iterations: tuple[int, int] | None  # optimizer iterations before and after
    losses: tuple[float, ...]  # the value of the loss, first and last of the counted calls
    batch: int | None  # rows of one update
    updates: int  # training updates made by all counted calls
    planned: int | None  # updates that the article asks for in this call, where known (fit)
    in_loop: bool
    error: str | None = None  # exception type where the call raised (inputs are still recorded)
    cut: bool = False  # ended early by the update budget
    reduced: bool = False  # ran on fewer rows than the article feeds, to fit the budget
    steps: tuple[Step, ...] = ()  # of custom training steps and tape loops, where known


@dataclass(frozen=True)
class LossTaken(Event):
    """A loss object that the program called itself; each kind of use at a line is told once."""

    name: str  # canonical, e.g. "binary_crossentropy"
    from_logits: bool | None
    model: int | None  # the model whose output, unchanged, it is taken of; None where that is not known


@dataclass(frozen=True)
class LoopLeft(Event):
    """A loop was left because a budget was spent."""

    end_line: int
    iterations: int
    updates: int
    compilations: int = 0  # models compiled anew in it, each of which is charged like several updates
    late: bool = False  # the time of a loop, not the updates


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
class Roles:
    """One generator/discriminator pair, inferred from what flows through the models."""

    generator: int
    discriminator: int
    combined: int | None = None


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


# --- judging -----------------------------------------------------------------------------------------


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Fix:
    """Replacement text: for ``before`` (exactly as printed at the finding's lines) read ``after``."""

    before: str
    after: str


class Attribution(StrEnum):
    """What a review on an older Keras says of a finding."""

    BROKEN_SINCE = "worked-before"  # there it is no mistake
    SAME_BEFORE = "same-before"  # there it is the same mistake


@dataclass(frozen=True)
class Finding:
    """One thing wrong at one place."""

    rule: str
    severity: Severity
    line: int
    end_line: int
    block: int | None
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    fix: Fix | None = None
    consequences: tuple[int, ...] = ()  # article lines whose failures only follow from this
    attribution: Attribution | None = None  # None where no other Keras was asked, or none could tell


class Verdict(StrEnum):
    CLEAN = "clean"
    FAULTY = "faulty"
    INCOMPLETE = "incomplete"
    HARNESS_ERROR = "harness-error"


@dataclass(frozen=True)
class Coverage:
    statements: int
    executed: int
    updates: int


@dataclass(frozen=True)
class FedRow:
    """An array in the update table: what it is, where it came from, and what received it."""

    model: str  # the receiver, by the program's name for it
    shape: tuple[int, ...]  # unknown sizes are -1
    dtype: str
    low: float | None
    high: float | None
    distinct: tuple[float, ...] | None
    origin: str  # "mnist.x_train", "from generator", "random", "constant", "unknown"
    pushed: str | None = None  # "up" or "down": where the loss drives what the receiver says of it


@dataclass(frozen=True)
class MovedRow:
    """How far a model went in the calls of a row; both numbers are largest changes of one number."""

    model: str
    weights: float
    statistics: float  # weights that no gradient trains: averages of batch normalisation


@dataclass(frozen=True)
class StepRow:
    """One gradient of a hand-written step."""

    trained: tuple[str, ...]
    through: tuple[str, ...]
    fed: tuple[FedRow, ...]
    exact: bool  # read off the traced graph; otherwise off the order of eager calls


@dataclass(frozen=True)
class UpdateRow:
    """One row of the update table: the training calls of one line that are alike."""

    line: int | None
    call: str  # the method, "apply" (an optimizer, eagerly) or "function" (a tf.function)
    model: str | None  # its receiver
    calls: int
    updates: int
    planned: int | None  # updates that the article asks for, where known
    moved: tuple[MovedRow, ...]  # every model that was looked at, also those that stood still
    through: tuple[str, ...]  # models that the loss went through
    fed: tuple[FedRow, ...]
    targets: tuple[FedRow, ...]
    steps: tuple[StepRow, ...]
    losses: tuple[float, ...]  # the first and the last
    error: str | None = None


@dataclass(frozen=True)
class Review:
    """Everything found in one article, with its verdict and how it was confined."""

    article: Article
    verdict: Verdict
    reason: str | None
    seconds: float
    confinement: Confinement | None  # None where nothing had to be run
    coverage: Coverage
    findings: tuple[Finding, ...]
    environment: Mapping[str, str | None]  # python, keras, backend, device
    notes: tuple[str, ...] = ()  # what a reader must know of how it was run (budget, data subset)
    peak_memory: int | None = None
    table: tuple[UpdateRow, ...] = ()  # the update table


class Ladder(StrEnum):
    """Whether the article with errata 1..k-1 applied shows erratum k's symptom at its lines."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    NOT_APPLICABLE = "not-applicable"


class MutantFate(StrEnum):
    """What a review makes of the fixed article with one erratum undone."""

    KILLED = "killed"
    SURVIVED = "survived"
    WRONG_CAUSE = "wrong-cause"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class Proof:
    """An erratum's proof, both ways."""

    erratum: str
    title: str
    kind: str
    ladder: Ladder
    mutant: MutantFate
    by: str  # the rule or check that convicts
    ladder_seen: str  # what was seen, in words
    mutant_seen: str
    convicts: tuple[str, ...] = ()  # every rule that fired on the mutant


@dataclass(frozen=True)
class ArticleProof:
    """The proofs of an article's errata, and what a review of the fixed article still finds."""

    slug: str
    proofs: tuple[Proof, ...]
    left: tuple[Finding, ...]  # findings in the fixed article; none where all is well
    complete: bool  # the review of the fixed article was complete
    seconds: float
    of: str = ""  # a digest of the article and the errata that were proven
