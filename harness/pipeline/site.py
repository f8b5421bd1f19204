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
    ArraySummary,
    Call,
    FrameworkLoaded,
    ModelSeen,
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
from harness.report import ArticleView, ErratumView, Update

_PACKAGES = ("tensorflow", "jax", "torch", "numpy")


@dataclass(frozen=True)
class _Task:
    path: Path
    slug: str


@dataclass(frozen=True)
class _Seen:
    """A review with what the pages show of its trace."""

    review: Review
    updates: tuple[Update, ...]
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
    return _Seen(replace(review, seconds=seconds), updates(trace), _versions(trace))


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
    program = read_listing(replace(seen.review.article, text=steps(text, errata)[-1].text))
    return ArticleView(
        slug=task.slug,
        title=(_pinned(folder) if under_care else _title(text)) or task.slug,
        review=seen.review,
        errata=_errata(text, errata, seen.review, proven),
        rows=aligned(text, errata) if errata else (),
        updates=seen.updates,
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


def updates(trace: Trace | None) -> tuple[Update, ...]:
    """The training calls of a run, those alike in a row together."""
    events = trace.events if trace else ()
    names = {one.model: _name(one) for one in events if isinstance(one, ModelSeen)}
    rows: list[Update] = []
    for event in events:
        if isinstance(event, Call) and event.trains:
            row = _update(event, names)
            last = rows[-1] if rows else None
            if last and (last.line, last.call, last.fed, last.through) == (
                row.line,
                row.call,
                row.fed,
                row.through,
            ):
                rows[-1] = _joined(last, row)
            else:
                rows.append(row)
    return tuple(rows[:200])


def _joined(first: Update, second: Update) -> Update:
    moved = dict(first.moved)
    for name, change in second.moved:
        moved[name] = max(change, moved.get(name, 0.0))
    return replace(
        first,
        times=first.times + second.times,
        updates=first.updates + second.updates,
        moved=tuple(moved.items()),
        losses=(*first.losses[:1], *second.losses[-1:]),
    )


def _update(call: Call, names: dict[int, str]) -> Update:
    def name(model: int) -> str:
        return names.get(model, f"model {model}")

    receiver = f"{name(call.model)}." if call.model is not None else ""
    through = {*call.through, *(model for step in call.steps for model in step.through)}
    return Update(
        line=call.line,
        call=f"{receiver}{call.api}" + (f", raised {call.error}" if call.error else ""),
        times=call.count,
        updates=call.updates,
        moved=tuple(
            (name(one.model), one.trainable) for one in call.moved if one.changed and one.trainable > 0
        ),
        through=tuple(name(model) for model in sorted(through)),
        fed=tuple(_array(one, names) for one in call.inputs),
        targets=tuple(_array(one, names) for one in call.targets),
        losses=call.losses,
    )


def _name(seen: ModelSeen) -> str:
    return seen.names[0] if seen.names else f"{seen.kind} {seen.model}"


def _array(array: ArraySummary, names: dict[int, str]) -> str:
    shape = "x".join(map(str, array.shape)) or "one number"
    origin = array.data_set or array.origin
    if array.origin_model is not None:
        origin = f"from {names.get(array.origin_model, 'a model')}"
    told = f"{shape} {array.dtype}"
    if array.distinct is not None and len(array.distinct) <= 4:
        told += f", only {', '.join(f'{value:g}' for value in array.distinct)}"
    elif array.low is not None and array.high is not None:
        told += f", {array.low:.3g} to {array.high:.3g}"
    return f"{told}, {origin}" if origin != "unknown" else told
