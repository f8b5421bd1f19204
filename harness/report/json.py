"""For programs: JSON, version 1 (``review.schema.json`` beside this file describes it).

The document is ASCII: every other character is escaped, so that neither a terminal nor a log can be
steered by it.  Nothing in it but ``seconds`` and ``cached`` differs between two reviews of the same
article, which is why the peak of memory is left out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict
from numbers import Integral, Real
from typing import TYPE_CHECKING

from harness.model import Finding, Review
from harness.report._reviews import environment, in_order

if TYPE_CHECKING:
    from harness.report import Page, Tool

VERSION = 1
_DEEPEST = 20  # levels of nested evidence
_LARGEST = 2**63  # larger integers do not survive most readers of JSON

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def render(reviews: Sequence[Review], tool: Tool, page: Page) -> str:
    """The reviews as one JSON document."""
    document = {
        "schema": VERSION,
        "tool": {"name": tool.name, "version": tool.version},
        "environment": environment(reviews),
        "reviews": [_review(review, trace=page.trace) for review in reviews],
    }
    return json.dumps(plain(document), indent=2, allow_nan=False) + "\n"


def plain(value: object, depth: int = 0) -> Json:
    """``value`` as every reader of JSON takes it.

    Tuples and sets become lists; NaN and infinities ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``;
    integers beyond 64 bits hexadecimal text; lone surrogates ``?``; what lies deeper than twenty
    levels ``"..."``.  Raises TypeError for anything that is not data.
    """
    if depth > _DEEPEST:
        return "..."
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Real):
        return _number(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, Set):
        return sorted((plain(inner, depth + 1) for inner in value), key=json.dumps)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(inner, depth + 1) for inner in value]
    raise TypeError(f"evidence holds a {type(value).__name__}; expected numbers, text, lists and mappings")


def _text(value: str) -> str:
    return value.encode("utf-8", "replace").decode("utf-8")


def _number(value: Real) -> Json:
    if isinstance(value, Integral):  # NumPy's scalars count as both
        whole = int(value)
        return whole if abs(whole) < _LARGEST else hex(whole)
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def _review(review: Review, *, trace: bool) -> dict[str, object]:
    return {
        "article": review.article.path,
        "sha256": review.article.sha256,
        "verdict": review.verdict,
        "reason": review.reason,
        "seconds": round(review.seconds, 3),
        "cached": None if review.cached is None else round(review.cached, 3),
        "confinement": asdict(review.confinement) if review.confinement else None,
        "coverage": asdict(review.coverage),
        "notes": review.notes,
        "findings": [_finding(found) for found in in_order(review)],
        **({"updates": [asdict(row) for row in review.table]} if trace else {}),
    }


def _finding(found: Finding) -> dict[str, object]:
    return {
        "rule": found.rule,
        "severity": found.severity,
        "line": found.line,
        "end_line": found.end_line,
        "block": found.block,
        "message": found.message,
        "evidence": found.evidence,
        "fix": {"for": found.fix.before, "read": found.fix.after} if found.fix else None,
        "consequences": sorted(found.consequences),
        **({"attribution": found.attribution} if found.attribution else {}),
    }
