"""Everything that the report site shows of an article, gathered."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.errata import Erratum, Symptom, check_article, load, steps, symptom_occurs
from harness.errata.apply import verbatim
from harness.listing import read_article, read_listing
from harness.model import (
    FrameworkLoaded,
    Proof,
    Review,
    Started,
    Trace,
)
from harness.pipeline import answers
from harness.pipeline.alignment import aligned
from harness.pipeline.digests import errata_digest, program_digest
from harness.pipeline.options import Options
from harness.pipeline.parallel import in_order
from harness.pipeline.results import proofs, speeds, training
from harness.pipeline.reviewing import review_with_trace
from harness.report import ArticleView, ErratumView

_PACKAGES = ("tensorflow", "jax", "torch", "numpy")


@dataclass(frozen=True)
class _Task:
    path: Path
    slug: str


@dataclass(frozen=True)
class _Seen:
    """A review with what the pages show of its trace."""

    review: Review
    versions: Mapping[str, str]


def site_views(
    paths: Sequence[Path],
    options: Options,
    results: Sequence[Path],
    *,
    jobs: int = 1,
    done: Callable[[str], object] | None = None,
) -> tuple[ArticleView, ...]:
    """The pages' contents, in the order of ``paths``; ``results``: the folders of what was measured.

    What was reviewed before is answered from memory where the options allow it.
    Raises ArticleError, ErrataError, ResultsError, SandboxUnavailable.
    """
    tasks = [_Task(path, slug) for path, slug in zip(paths, _slugs(paths), strict=True)]
    known = [_known(task, options) for task in tasks]
    missing = [task for task, seen in zip(tasks, known, strict=True) if seen is None]
    tell = (lambda task, _: done(str(task.path))) if done else None
    options = replace(options, reviews=len(missing))
    made = in_order(partial(_review, options=options), missing, jobs, done=tell)
    found = ((task, seen or next(made)) for task, seen in zip(tasks, known, strict=True))
    return tuple(_view(task, seen, results) for task, seen in found)


def _known(task: _Task, options: Options) -> _Seen | None:
    """What is remembered of an article: its review, and the run behind it."""
    if not options.cache:
        return None
    article = read_article(task.path)
    review = answers.review_of(article, options)
    if review is None:
        return None
    remembered = answers.trace_of(read_listing(article), options)
    if remembered is None and review.confinement is not None:
        return None
    return _seen(review, remembered[0] if remembered else None)


def _seen(review: Review, trace: Trace | None) -> _Seen:
    # How long the run took, not how long it took to remember it.
    seconds = trace.outcome.seconds if trace else 0.0
    return _Seen(replace(review, seconds=seconds, cached=None), _versions(trace))


def _slugs(paths: Sequence[Path]) -> Iterator[str]:
    """A name for each page: the folder of an article under care, else the file's own; all different."""
    taken: set[str] = {"index"}
    for path in paths:
        name = path.resolve().parent.name if path.stem == "article" else path.stem
        wanted = base = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "article"
        number = 2
        while wanted in taken:
            wanted, number = f"{base}-{number}", number + 1
        taken.add(wanted)
        yield wanted


def _review(task: _Task, options: Options) -> _Seen:
    review, trace = review_with_trace(read_article(task.path), options)
    return _seen(review, trace)


def _view(task: _Task, seen: _Seen, results: Sequence[Path]) -> ArticleView:
    folder = task.path.parent
    under_care = task.path.name == "article.md" and (folder / "errata.toml").exists()
    text = check_article(folder) if under_care else seen.review.article.text
    errata = load(folder) if under_care else ()
    proven = proofs(results, task.slug, errata_digest(text, errata)) if errata else {}
    printed = read_article(task.path)
    program = read_listing(replace(printed, text=steps(text, errata)[-1].text) if errata else printed)
    return ArticleView(
        slug=task.slug,
        title=(_pinned(folder) if under_care else _title(text)) or task.slug,
        review=seen.review,
        errata=_errata(text, errata, seen.review, proven),
        rows=aligned(text, errata) if errata else (),
        versions=seen.versions,
        training=training(results, task.slug, program_digest(program.text)),
        speeds=speeds(results, task.slug),
    )


def _pinned(folder: Path) -> str:
    title = tomllib.loads((folder / "article.toml").read_text(encoding="utf-8")).get("title", "")
    return f"{title} ({folder.name})" if isinstance(title, str) and title else ""


def _title(text: str) -> str:
    """The first heading, else the first line that says something."""
    for line in text.splitlines()[:40]:
        words = line.strip("#*_ \t")
        if words and not line.startswith(("```", "~~~", "<", "{")):
            return words[:160]
    return ""


def _errata(
    text: str, errata: Sequence[Erratum], review: Review, proven: Mapping[str, Proof]
) -> tuple[ErratumView, ...]:
    printed = verbatim(text)
    taken: set[int] = set()
    views = []
    for one in errata:
        observed = tuple(
            index
            for index, found in enumerate(review.findings)
            if index not in taken and symptom_occurs(one.symptom, [found], erratum=one, at=printed)
        )
        taken.update(observed)
        views.append(
            ErratumView(
                id=one.id,
                title=one.title,
                kind=one.kind,
                severity=one.severity,
                lines=one.lines,
                before=one.edit.before,
                after=one.edit.after,
                why=one.why,
                symptom=_symptom(one.symptom),
                works_before=one.works_before,
                source=(one.source.title, one.source.url),
                observed=observed,
                proof=proven.get(one.id),
            )
        )
    return tuple(views)


def _symptom(symptom: Symptom) -> str:
    pattern = symptom.evidence or symptom.message
    return f"{symptom.by}: {pattern}" if pattern else symptom.by


def _versions(trace: Trace | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for event in trace.events if trace else ():
        if isinstance(event, Started | FrameworkLoaded):
            found.update(event.versions)
    return {name: found[name] for name in _PACKAGES if name in found}
