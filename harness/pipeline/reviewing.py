"""Article to review: listing, run, judgement.

``review()`` is one unit of work without shared state: it can be pickled, farmed out and cached.
"""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.data.full import full_archive
from harness.listing import ArticleError, read_article, read_listing
from harness.model import (
    Article,
    BlockKind,
    Call,
    Confinement,
    Coverage,
    DataLoaded,
    Finding,
    FrameworkLoaded,
    Listing,
    LoopLeft,
    Review,
    Sandbox,
    Severity,
    Spent,
    StatementDone,
    Trace,
    Verdict,
)
from harness.pipeline import answers
from harness.pipeline.comparing import compared
from harness.pipeline.coverage import RAN, coverage, unseen_training
from harness.pipeline.options import Options
from harness.pipeline.table import update_table
from harness.pipeline.warmth import execute
from harness.rules._evidence import Evidence
from harness.rules._judge import judge
from harness.run.parent import Job
from harness.sandbox import choose, unconfined


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
    findings = tuple(_in_its_cell(found, listing) for found in judge(Evidence(listing, trace)))
    verdict, reason = _verdict(trace, findings)
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
        notes=_notes(listing, trace, findings, seen),
        peak_memory=trace.outcome.peak_memory if trace else None,
        table=update_table(trace),
        cached=cached,
    )
    if options.cache:
        answers.keep_review(article, options, made, trace)
    return made, trace


def _run(
    listing: Listing, options: Options, sandbox: Sandbox, progress: Callable[[str], None] | None
) -> tuple[Trace, Confinement]:
    expected = options.reviews if options.warm else 0
    trace, confinement = execute(listing, _job(listing, options), sandbox, progress, expected=expected)
    if options.cache:
        answers.keep_trace(listing, options, trace, confinement)
    return trace, confinement


def _in_its_cell(found: Finding, listing: Listing) -> Finding:
    """A finding in a notebook says its cell and the line in it: editors show no lines of the file."""
    cells = (block for block in listing.blocks if block.index == found.block and block.cell is not None)
    block = next(cells, None)
    if block is None:
        return found
    return replace(
        found, evidence={**found.evidence, "cell": block.cell, "cell_line": found.line - block.line + 1}
    )


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


def _verdict(trace: Trace | None, findings: Sequence[Finding]) -> tuple[Verdict, str | None]:
    if trace is None:
        return _judged(findings), None
    if not trace.completed:
        if not trace.events and trace.outcome.killed is None:
            tail = trace.outcome.stderr.decode(errors="replace").strip().splitlines()[-1:]
            said = f": {tail[0]}" if tail else ""
            return Verdict.HARNESS_ERROR, f"the worker did not start ({trace.reason}{said})"
        return Verdict.INCOMPLETE, trace.reason
    verdict = _judged(findings)
    missed = [event for event in trace.events if isinstance(event, StatementDone) and event.status not in RAN]
    if left := _left_for_time(trace):
        return (
            Verdict.INCOMPLETE,
            f"the statement at line {left[0].line} was left because the time for the run was nearly spent",
        )
    if verdict is Verdict.CLEAN and missed:
        return (
            Verdict.INCOMPLETE,
            f"the statement at line {missed[0].line} could not run, so what depends on it was not seen",
        )
    return verdict, None


def _left_for_time(trace: Trace) -> list[StatementDone]:
    return [event for event in trace.events if isinstance(event, StatementDone) and event.status == "timeout"]


def _judged(findings: Sequence[Finding]) -> Verdict:
    """Notes speak of style and waste: they alone make no article faulty."""
    bad = any(finding.severity is not Severity.NOTE for finding in findings)
    return Verdict.FAULTY if bad else Verdict.CLEAN


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


_WHY_LEFT = {
    Spent.UPDATES: "which is the update budget",
    Spent.TIME: "which is the time budget",
    Spent.ROUNDS: "since a statement in it cannot run",
}


def _notes(
    listing: Listing, trace: Trace | None, findings: Sequence[Finding], seen: Coverage
) -> tuple[str, ...]:
    """What a reader must know of how the article was run."""
    reported = {finding.rule for finding in findings}
    notes = [note] if (note := unseen_training(listing, trace, seen)) else []
    notes += [
        f"line {notice.line}: {notice.message}" for notice in listing.notices if notice.rule not in reported
    ]
    if trace is None:
        return tuple(notes)
    for event in trace.events:
        if isinstance(event, LoopLeft):
            made = _counted(event.updates, "training update")
            if event.compilations:
                made += f", {_counted(event.compilations, 'compilation')}"
            notes.append(
                f"The loop at line {event.line} was left after {_counted(event.iterations, 'iteration')} "
                f"({made}), {_WHY_LEFT[event.spent]}."
            )
        elif isinstance(event, DataLoaded) and event.made_up:
            notes.append(
                f"The article's {event.name} is made up, in the documented shapes and ranges: what is "
                "learned from it says nothing about the real data."
            )
        elif isinstance(event, DataLoaded) and event.repeated_from is not None:
            notes.append(
                f"The article's {event.name} is {event.repeated_from} different images, "
                "repeated to the documented size."
            )
        elif isinstance(event, Call) and event.reduced:
            notes.append(
                f"The call at line {event.line} ran on fewer rows than the article feeds, to fit the budget."
            )
        elif isinstance(event, Call) and event.cut:
            notes.append(
                f"The training at line {event.line} was ended after {event.updates} updates (budget)."
            )
    # The first of these is the reason of the verdict, where the run came to its end.
    notes += [
        f"The statement at line {event.line} was left: the time for the run was nearly spent."
        for event in _left_for_time(trace)[int(trace.completed) :]
    ]
    return tuple(dict.fromkeys(notes))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def with_seconds(options: Options, seconds: float) -> Options:
    """The same options with another wall-clock limit, all of which a program may be busy."""
    limits = replace(options.budget.limits, wall_seconds=seconds, cpu_seconds=2 * seconds)
    return replace(options, budget=replace(options.budget, limits=limits, busy_seconds=seconds))
