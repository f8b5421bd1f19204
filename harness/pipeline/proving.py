"""Every erratum proven both ways: its symptom on the ladder, its conviction as a mutant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.errata import (
    ErrataError,
    Erratum,
    Step,
    Symptom,
    check_article,
    check_fixed,
    load,
    mutant,
    step,
    steps,
    symptom_occurs,
)
from harness.model import ArticleProof, Finding, Ladder, MutantFate, Proof, Review, Verdict
from harness.pipeline.digests import errata_digest
from harness.pipeline.fixing import program_of
from harness.pipeline.options import Options
from harness.pipeline.parallel import in_order
from harness.pipeline.reviewing import open_sandbox, review_text


@dataclass(frozen=True)
class _Task:
    """One text to review: the fixed article, a ladder step or a mutant."""

    slug: str
    what: str  # "fixed", "ladder" or "mutant"
    k: int
    text: str


def prove(
    folders: Sequence[Path],
    fixed: Path,
    options: Options | None = None,
    *,
    jobs: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Iterator[ArticleProof]:
    """Prove the errata of each article folder; ``fixed`` holds the generated files.

    Raises ErrataError where an article was edited, an erratum does not fit, or a fixed file is stale.
    """
    options = options or Options()
    plans = {folder.name: _plan(folder, fixed) for folder in folders}
    tasks = [task for _, _, planned in plans.values() for task in planned]
    options = replace(options, reviews=len(tasks))
    open_sandbox(options.unsafe)  # without one nothing can be proven: say so before any work
    reviews = in_order(partial(_review, options=options), tasks, jobs, done=_teller(progress, len(tasks)))
    for slug, (article, errata, planned) in plans.items():
        started = time.monotonic()
        seen = {(task.what, task.k): next(reviews) for task in planned}
        yield _article_proof(slug, article, errata, seen, time.monotonic() - started)


def _plan(folder: Path, fixed: Path) -> tuple[str, tuple[Erratum, ...], list[_Task]]:
    article, errata = check_article(folder), load(folder)
    check_fixed(folder, fixed, program_of)
    slug = folder.name
    tasks = [_Task(slug, "fixed", 0, steps(article, errata)[-1].text)]
    for k, erratum in enumerate(errata, 1):
        if not erratum.changes_code:
            continue
        if erratum.symptom.figure is None:
            tasks.append(_Task(slug, "ladder", k, step(article, errata, k).text))
        if _mutant_symptom(erratum).figure is None:
            try:
                tasks.append(_Task(slug, "mutant", k, mutant(article, errata, k).text))
            except ErrataError as error:
                raise ErrataError(f"{slug}/errata.toml: {error}") from None
    return article, errata, tasks


def _review(task: _Task, options: Options) -> Review:
    review = review_text(task.text, f"{task.slug}/{task.what}-{task.k}.md", options)
    # The text is long, known to the caller, and on its way through a pipe.
    return replace(review, article=replace(review.article, text=""))


def _teller(progress: Callable[[str], None] | None, count: int) -> Callable[[_Task, Review], None] | None:
    if progress is None:
        return None
    told = 0

    def done(task: _Task, review: Review) -> None:
        nonlocal told
        told += 1
        progress(f"{told}/{count} {task.slug}: {task.what} {task.k or ''}".rstrip())

    return done


def _article_proof(
    slug: str,
    article: str,
    errata: Sequence[Erratum],
    seen: dict[tuple[str, int], Review],
    seconds: float,
) -> ArticleProof:
    proofs = [
        _proof(erratum, step(article, errata, k), seen.get(("ladder", k)), seen.get(("mutant", k)))
        for k, erratum in enumerate(errata, 1)
        if erratum.is_bug
    ]
    fixed = seen[("fixed", 0)]
    complete = fixed.verdict is Verdict.CLEAN
    return ArticleProof(
        slug, tuple(proofs), fixed.findings, complete, seconds, errata_digest(article, errata)
    )


def _proof(erratum: Erratum, at: Step, ladder: Review | None, bad: Review | None) -> Proof:
    proven, ladder_seen = _ladder(erratum, at, ladder)
    fate, mutant_seen = _fate(_mutant_symptom(erratum), bad)
    return Proof(
        erratum=erratum.id,
        title=erratum.title,
        kind=erratum.kind,
        ladder=proven,
        mutant=fate,
        by=_mutant_symptom(erratum).by,
        ladder_seen=ladder_seen,
        mutant_seen=mutant_seen,
        convicts=_rules(bad.findings) if bad else (),
    )


def _mutant_symptom(erratum: Erratum) -> Symptom:
    return erratum.mutation.symptom if erratum.mutation else erratum.symptom


def _ladder(erratum: Erratum, at: Step, review: Review | None) -> tuple[Ladder, str]:
    if review is None:
        return Ladder.NOT_APPLICABLE, erratum.symptom.figure or "prose needs no run"
    shown = symptom_occurs(erratum.symptom, review.findings, erratum=erratum, at=at)
    return (Ladder.PROVEN if shown else Ladder.UNPROVEN), shown.reason


def _fate(symptom: Symptom, review: Review | None) -> tuple[MutantFate, str]:
    if review is None:
        return MutantFate.NOT_APPLICABLE, symptom.figure or "prose needs no run"
    if review.verdict in (Verdict.INCOMPLETE, Verdict.HARNESS_ERROR):
        return MutantFate.WRONG_CAUSE, f"the run was not complete: {review.reason}"
    shown = symptom_occurs(symptom, review.findings)
    if shown:
        return MutantFate.KILLED, shown.reason
    return (MutantFate.WRONG_CAUSE if review.findings else MutantFate.SURVIVED), shown.reason


def _rules(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.rule for finding in findings))
