"""What the pages show, gathered by the pipeline: plain values, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model import Proof, Review, Severity


@dataclass(frozen=True)
class ErratumView:
    """One erratum, with what the review of the article as printed shows of it."""

    id: str
    title: str
    kind: str
    severity: Severity
    lines: tuple[int, ...]  # of the verbatim article
    before: str
    after: str
    why: str
    symptom: str  # rule, exception or figure
    works_before: str
    source: tuple[str, str]  # title and address
    observed: tuple[int, ...] = ()  # indices into the review's findings
    proof: Proof | None = None


@dataclass(frozen=True)
class Row:
    """One row of the article beside its corrected form; a side is None where it has no line."""

    left: tuple[int, str] | None  # line number and text
    right: tuple[int, str] | None
    errata: tuple[int, ...] = ()  # indices of the errata of this hunk; empty where nothing changed


@dataclass(frozen=True)
class Curves:
    """Values over a training: one of each series for each of ``epochs``, which may be parts of one."""

    epochs: tuple[float, ...] = ()
    series: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Training:
    """How a program trained, as measured."""

    losses: Curves = Curves()
    distances: Curves = Curves()
    digits: tuple[tuple[str, bytes], ...] = ()  # caption and PNG
    learns: bool | None = None
    lacks: tuple[str, ...] = ()  # why it does not
    how: str = ""  # what was measured, with which versions
    outdated: bool = False  # what there is was measured with another text of the program


@dataclass(frozen=True)
class Speed:
    """How fast a program trains on one backend with one batch size; rates are images a second.

    ``reference`` and ``article_way`` are ratios: how many times as fast as these the program is.
    """

    backend: str
    device: str
    batch: int
    median: float | None  # None where it could not be measured; ``error`` says why
    iqr: float | None = None
    reference: float | None = None
    article_way: float | None = None
    reference_rate: float | None = None
    article_rate: float | None = None
    utilisation: float | None = None  # of the device's limit
    compile_seconds: float | None = None
    error: str = ""


@dataclass(frozen=True)
class ArticleView:
    """One article's page."""

    slug: str
    title: str
    review: Review
    errata: tuple[ErratumView, ...] = ()
    rows: tuple[Row, ...] = ()  # empty where there is no corrected article
    versions: Mapping[str, str] = field(default_factory=dict)
    training: Training | None = None
    speeds: tuple[Speed, ...] = ()
