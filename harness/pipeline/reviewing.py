"""Article to review: listing, run, judgement.

``review()`` is one unit of work without shared state: it can be pickled, farmed out and cached.
"""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Thread

from harness import rules
from harness.data import DataError
from harness.data.full import full_archive
from harness.listing import ArticleError, read_article, read_listing
from harness.model import (
    Article,
    BlockKind,
    Confinement,
    FrameworkLoaded,
    Listing,
    Review,
    Sandbox,
    Trace,
)
from harness.pipeline import answers
from harness.pipeline.comparing import compared
from harness.pipeline.coverage import coverage
from harness.pipeline.failed import failed, own_fault
from harness.pipeline.notes import notes
from harness.pipeline.options import Options
from harness.pipeline.places import in_its_cell
from harness.pipeline.table import update_table
from harness.pipeline.verdicts import JUDGING_SECONDS, unjudged, verdict_of
from harness.pipeline.warmth import execute
from harness.rules._evidence import Evidence
from harness.rules._judge import judgement
from harness.run.parent import Job
from harness.sandbox import SandboxFailed, SandboxUnavailable, choose, unconfined


@cache  # probing the machine takes longer than starting a run
def open_sandbox(unsafe: bool = False) -> Sandbox:
    """The strongest sandbox that works here, found once per process; raises SandboxUnavailable."""
    return unconfined() if unsafe else choose()


def review(
    path: Path,
    options: Options | None = None,
    *,
    sandbox: Sandbox | None = None,
    progress: Callable[[str], None] | None = None,
) -> Review:
    """Review the article in a file.  Raises ArticleError where the file is no readable article."""
    return review_article(read_article(path), options, sandbox=sandbox, progress=progress)


def review_text(
    text: str,
    name: str = "article.md",
    options: Options | None = None,
    *,
    sandbox: Sandbox | None = None,
    kind: str = "markdown",
) -> Review:
    """Review an article that is at hand as text."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return review_article(Article(name, digest, text, kind), options, sandbox=sandbox)


def review_article(
    article: Article,
    options: Options | None = None,
    *,
    sandbox: Sandbox | None = None,
    progress: Callable[[str], None] | None = None,
) -> Review:
    """Listing, run, judgement; what was answered before is answered at once where options allow it."""
    if options is not None and options.against is not None:
        older = replace(options, keras=options.against, against=None)
        newer = replace(options, against=None)
        made = review_article(article, newer, sandbox=sandbox, progress=progress)
        return compared(made, review_article(article, older, sandbox=sandbox, progress=progress))
    known = answers.review_of(article, options) if options is not None and options.cache else None
    return known or review_with_trace(article, options, sandbox=sandbox, progress=progress)[0]


def review_with_trace(
    article: Article,
    options: Options | None = None,
    *,
    sandbox: Sandbox | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[Review, Trace | None]:
    """The review, and the trace that it was judged by (None where nothing had to be run)."""
    options = options or Options()
    try:
        return _reviewed(article, options, sandbox, progress)
    except (ArticleError, DataError, SandboxUnavailable, SandboxFailed):
        raise
    except Exception as error:  # it must not end the reviews of other articles
        return failed(article, options, own_fault(error)), None


def _reviewed(
    article: Article,
    options: Options,
    sandbox: Sandbox | None,
    progress: Callable[[str], None] | None,
) -> tuple[Review, Trace | None]:
    started = time.monotonic()
    listing = read_listing(article)
    if not any(block.kind in (BlockKind.PYTHON, BlockKind.REPL) for block in listing.blocks):
        raise ArticleError(
            f"{article.path}: it has no Python code; expected fenced code blocks, notebook cells or a script"
        )
    trace: Trace | None = None
    confinement: Confinement | None = None
    cached: float | None = None
    if _has_code(listing):
        known = answers.trace_of(listing, options) if options.cache else None
        if known is not None:
            trace, confinement = known
            cached = trace.outcome.seconds
        else:
            trace, confinement = _run(listing, options, sandbox or open_sandbox(options.unsafe), progress)
    evidence = Evidence(listing, trace)
    judged = judgement(evidence, JUDGING_SECONDS)
    findings = tuple(in_its_cell(found, listing.article) for found in judged.findings)
    verdict, reason = verdict_of(judged, listing.article, trace, findings, evidence)
    seen = coverage(listing, trace)
    made = Review(
        article=listing.article,  # its text has the lines that findings speak of
        verdict=verdict,
        reason=reason,
        seconds=time.monotonic() - started,
        confinement=confinement,
        coverage=seen,
        findings=findings,
        environment=_environment(trace, options),
        notes=notes(listing, trace, findings, seen),
        peak_memory=trace.outcome.peak_memory if trace else None,
        table=update_table(trace),
        cached=cached,
    )
    if options.cache and not unjudged(judged):
        answers.keep_review(article, options, made, trace)
    return made, trace


def _run(
    listing: Listing, options: Options, sandbox: Sandbox, progress: Callable[[str], None] | None
) -> tuple[Trace, Confinement]:
    expected = options.reviews if options.warm else 0
    job = _job(listing, options)
    with _meanwhile(rules.load):
        trace, confinement = execute(listing, job, sandbox, progress, expected=expected)
    if options.cache:
        answers.keep_trace(listing, options, trace, confinement)
    return trace, confinement


@contextmanager
def _meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """Do ``work`` beside what is inside, which waits for another process; whatever fails is for later."""

    def attempt() -> None:
        with suppress(Exception):
            work()

    thread = Thread(target=attempt, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _has_code(listing: Listing) -> bool:
    return any(line.strip() for line in listing.text.split("\n"))


def _job(listing: Listing, options: Options) -> Job:
    archive = full_archive(options.mnist)
    return Job(
        budget=options.budget,
        backend=options.backend,
        keras=options.keras,
        mnist=archive.path,
        repeated_from=archive.repeated_from,
    )


def _environment(trace: Trace | None, options: Options) -> dict[str, str | None]:
    loaded = [event for event in trace.events if isinstance(event, FrameworkLoaded)] if trace else []
    keras = (
        loaded[-1].versions.get("keras")
        if loaded
        else _installed("tf_keras" if options.keras == 2 else "keras")
    )
    return {
        "python": platform.python_version(),
        "keras": keras,
        "backend": loaded[-1].backend if loaded else options.backend,
        "device": loaded[-1].device if loaded else None,
    }


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def with_seconds(options: Options, seconds: float) -> Options:
    """The same options with another wall-clock limit, all of which a program may be busy."""
    limits = replace(options.budget.limits, wall_seconds=seconds, cpu_seconds=2 * seconds)
    return replace(options, budget=replace(options.budget, limits=limits, busy_seconds=seconds))
