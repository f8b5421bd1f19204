"""For code scanning and editors: SARIF 2.1.0, one run for all articles.

OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01",
https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html.
The document is ASCII.  Columns count code points.  A fix is a replacement where the printed text is
found exactly once at the finding's lines; elsewhere it is told in the message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import quote

from harness.model import Article, Finding, Fix, Review, Verdict
from harness.report._clean import clean, clean_lines, split_lines
from harness.report._reviews import cell, in_order, inside
from harness.report.json import plain

if TYPE_CHECKING:
    from harness.report import Page, Tool

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_TITLE = re.compile(
    r"# (?P<name>\S+) \((?P<severity>error|warning|note)\)\n\n(?P<summary>.+?)\n\n", re.DOTALL
)


def render(reviews: Sequence[Review], tool: Tool, page: Page) -> str:
    """The reviews as one SARIF log."""
    names = list(dict.fromkeys(found.rule for review in reviews for found in in_order(review)))
    run = {
        "tool": {
            "driver": {
                "name": tool.name,
                "version": tool.version,
                "rules": [_rule(name, tool.explain(name)) for name in names],
            }
        },
        "invocations": [_invocation(reviews)],
        "artifacts": [_artifact(review.article) for review in reviews],
        "results": [
            _result(review.article, index, found, names.index(found.rule))
            for index, review in enumerate(reviews)
            for found in in_order(review)
        ],
        # Articles end their lines as Markdown does.
        "newlineSequences": ["\r\n", "\n", "\r"],
        "columnKind": "unicodeCodePoints",
        "properties": {"reviews": [_facts(review) for review in reviews]},
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(plain(document), indent=2, allow_nan=False) + "\n"


def _rule(name: str, page: str | None) -> dict[str, object]:
    """A rule's metadata; what it says of itself, where its page is at hand."""
    told = _TITLE.match(page or "")
    if page is None or told is None:
        return {"id": name}
    summary = " ".join(told["summary"].split())
    return {
        "id": name,
        "shortDescription": {"text": _message(summary)},
        "help": {"text": _message(page), "markdown": page},
        "defaultConfiguration": {"level": told["severity"]},
    }


def _artifact(article: Article) -> dict[str, object]:
    return {"location": {"uri": _uri(article.path)}, "hashes": {"sha-256": article.sha256}}


def _uri(path: str) -> str:
    """A reference relative to where the command ran, or a file address."""
    quoted = quote(path, errors="replace")
    if path.startswith("/"):
        return f"file://{quoted}"
    # A first part with a colon would be read as a scheme; quote() has escaped it already.
    return quoted


def _result(article: Article, index: int, found: Finding, rule: int) -> dict[str, object]:
    lines = split_lines(article.text)
    replacement = _replacement(article, found, lines) if found.fix else None
    words = found.message
    if found.fix and replacement is None:
        words += f"\nFor: {found.fix.before}\nRead: {found.fix.after}"
    place = {"uri": _uri(article.path), "index": index}
    result: dict[str, object] = {
        "ruleId": found.rule,
        "ruleIndex": rule,
        "level": found.severity,
        "message": {"text": _message(words)},
        "locations": [{**_location(place, found.line, found.end_line), **_logical(cell(found))}],
        "properties": {"evidence": found.evidence},
    }
    if found.consequences:
        result["relatedLocations"] = [
            {
                **_location(place, line, line),
                **_logical(inside(article, line)),
                "id": number,
                "message": {"text": "cannot run because of it"},
            }
            for number, line in enumerate(sorted(set(found.consequences)), 1)
            if line > 0
        ]
    if replacement is not None:
        result["fixes"] = [{"artifactChanges": [{"artifactLocation": place, "replacements": [replacement]}]}]
    return result


def _location(place: dict[str, object], line: int, end_line: int) -> dict[str, object]:
    region = {"startLine": max(line, 1), "endLine": max(end_line, line, 1)}
    return {"physicalLocation": {"artifactLocation": place, "region": region}}


def _logical(cell: str) -> dict[str, object]:
    """Where a notebook's reader looks: the cell (section 3.28.4)."""
    return {"logicalLocations": [{"fullyQualifiedName": cell}]} if cell else {}


def _replacement(article: Article, found: Finding, lines: Sequence[str]) -> dict[str, object] | None:
    """The fix as a region and what to put there; None where it cannot be said exactly or is not plain."""
    if found.fix is None or not 1 <= found.line <= len(lines):
        return None
    if article.kind == "notebook":  # what the cell says is not what the file has: JSON, with escapes
        return None
    # Nobody should apply what an editor cannot show: bidirectional marks, control characters.
    if not all(line.isprintable() for line in found.fix.after.replace("\t", "").split("\n")):
        return None
    region = _region(
        found.fix, found.line, "\n".join(lines[found.line - 1 : max(found.end_line, found.line)])
    )
    if region is None:
        return None
    after = found.fix.after if found.fix.before else f"{found.fix.after}\n"
    return {"deletedRegion": region, "insertedContent": {"text": after}}


def _region(fix: Fix, first: int, text: str) -> dict[str, int] | None:
    """Where ``fix.before`` stands in ``text``, whose first line is article line ``first``."""
    before = fix.before.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not before:  # whole lines to put in front of the finding's line
        return {"startLine": first, "startColumn": 1, "endLine": first, "endColumn": 1}
    at = text.find(before)
    if at < 0 or text.find(before, at + 1) >= 0:
        return None
    line, column = _place(text, at)
    end_line, end_column = _place(text, at + len(before))
    return {
        "startLine": first + line,
        "startColumn": column,
        "endLine": first + end_line,
        "endColumn": end_column,
    }


def _place(text: str, at: int) -> tuple[int, int]:
    """Line from 0 and column from 1 of a position."""
    return text.count("\n", 0, at), at - text.rfind("\n", 0, at)


def _invocation(reviews: Sequence[Review]) -> dict[str, object]:
    """Reviews that came to no verdict are told as notifications: they are no result."""
    bad = (Verdict.INCOMPLETE, Verdict.HARNESS_ERROR)
    told = [
        {
            "level": "error",
            "message": {"text": _message(f"{review.verdict}: {review.reason or 'no reason was given'}")},
            "locations": [
                {"physicalLocation": {"artifactLocation": {"uri": _uri(review.article.path), "index": index}}}
            ],
        }
        for index, review in enumerate(reviews)
        if review.verdict in bad
    ]
    return {"executionSuccessful": not told, "toolExecutionNotifications": told}


def _facts(review: Review) -> dict[str, object]:
    return {
        "article": review.article.path,
        "verdict": review.verdict,
        "seconds": round(review.seconds, 3),
        "cached": None if review.cached is None else round(review.cached, 3),
        "coverage": asdict(review.coverage),
        "confinement": asdict(review.confinement) if review.confinement else None,
        "environment": {key: value and clean(value) for key, value in review.environment.items()},
        "notes": [clean(note) for note in review.notes],
    }


def _message(text: str) -> str:
    """Words that are only words: in SARIF ``[text](place)`` would be a link (section 3.11.6)."""
    return "\n".join(clean_lines(text)).replace("](", "\\](")
