"""A folder for a new article: the article pinned, and errata drafted from a first review."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from harness.errata import ErrataError
from harness.listing import ArticleError, read_article
from harness.model import Finding, Review
from harness.pipeline.options import Options
from harness.pipeline.reviewing import review

_SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_KIND = {
    "removed-module": "api-drift",
    "removed-argument": "api-drift",
    "removed-attribute": "api-drift",
    "deprecated-argument": "api-drift",
    "predict-in-loop": "slow",
    "whole-dataset-as-batch": "slow",
    "optimizer-reset-in-loop": "slow",
    "syntax-error": "crash",
    "missing-import": "crash",
    "undefined-name": "crash",
    "uncaught-exception": "crash",
    "placeholder-in-code": "crash",
}


def scaffold(slug: str, article: Path, articles: Path, options: Options) -> tuple[Path, Review]:
    """Make ``articles/<slug>`` from an article's file; returns the folder and the first review.

    Each finding becomes a draft: what a person must still write is marked with FIXME, which
    ``errata apply`` refuses.  Raises ErrataError for a bad slug or a folder that is there already,
    ArticleError for an article that cannot be read or is no Markdown.
    """
    if not _SLUG.fullmatch(slug):
        raise ErrataError(f"{slug!r} is no slug; expected lower-case words joined by _, e.g. dense_gan")
    folder = articles / slug
    if folder.exists():
        raise ErrataError(f"{folder}: it is there already; choose another slug, or remove it first")
    read = read_article(article)
    if read.kind != "markdown":
        raise ArticleError(f"{article}: it is a {read.kind}; errata are kept for Markdown articles")
    first = review(article, options)
    data = article.read_bytes()
    folder.mkdir(parents=True)
    (folder / "article.md").write_bytes(data)
    (folder / "article.toml").write_text(_pin(article, data, read.text), encoding="utf-8")
    (folder / "errata.toml").write_text(_drafts(first), encoding="utf-8")
    return folder, first


def _pin(article: Path, data: bytes, text: str) -> str:
    title = next((line.strip("#* \t") for line in text.splitlines() if line.strip()), article.stem)
    return (
        "# Pins the verbatim article beside this file.\n"
        f"title = {_quoted(title)}\n"
        f"source = {_quoted(article.name)}\n"
        'origin = "FIXME: where it comes from, and its licence"\n'
        f'sha256 = "{hashlib.sha256(data).hexdigest()}"\n'
    )


def _drafts(first: Review) -> str:
    lines = first.article.text.split("\n")
    head = [
        "# Drafts from a first review: one for each finding.  Replace every FIXME, put the errata in the",
        "# order in which they are to be applied, and add what a review cannot see: prose and mathematics.",
        "",
    ]
    drafts = [line for n, finding in enumerate(first.findings, 1) for line in _draft(n, finding, lines)]
    return "\n".join(head + drafts) + "\n"


def _draft(number: int, finding: Finding, lines: list[str]) -> Iterator[str]:
    printed = lines[finding.line - 1] if finding.line <= len(lines) else ""
    before, after = printed, "FIXME"
    if finding.fix is not None and finding.fix.before:
        before, after = finding.fix.before, finding.fix.after
    elif finding.fix is not None:
        after = f"{finding.fix.after}\n{printed}"
    span = f"{finding.line}" if finding.end_line == finding.line else f"{finding.line}-{finding.end_line}"
    yield "[[erratum]]"
    yield f'id = "{finding.rule}-{number}"'
    yield f"title = {_quoted(finding.message.splitlines()[0][:120])}"
    yield f'kind = "{_KIND.get(finding.rule, "silent")}"'
    yield f'severity = "{finding.severity}"'
    yield f'lines = "{span}"'
    yield f"for = {_quoted(before)}"
    yield f"read = {_quoted(after)}"
    yield 'why = "FIXME: the cause, for a reader who learns"'
    yield f'symptom = {{ rule = "{finding.rule}" }}'
    yield f"works_before = {_quoted(str(finding.evidence.get('removed_in') or 'never'))}"
    yield 'source = { title = "FIXME", url = "FIXME" }'
    yield ""


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
