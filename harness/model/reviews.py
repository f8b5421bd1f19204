"""What is found in an article, and the review that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.model.articles import Article
from harness.model.confinement import Confinement


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
    """How much of an article was run."""

    statements: int  # also those that no parser accepts
    executed: int
    updates: int
    not_run: tuple[int, ...] = ()  # article lines that did not run to their end


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
    planned: int | None  # updates that the article asks for in all these calls, where known
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
    cached: float | None = None  # where nothing was run this time: the seconds that it took when it was
