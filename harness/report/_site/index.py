"""The list of articles: verdict, faults by severity and by kind, whether it learns, how fast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.model import Severity
from harness.report._reviews import count, quantity
from harness.report._site.article import verdict
from harness.report._site.markup import Html, join, table, tag
from harness.report._site.view import ArticleView


def index(views: Sequence[ArticleView]) -> Html:
    """The body of the first page."""
    told = f"{quantity(len(views), 'article')}; as printed: {count([view.review for view in views])}"
    errata = sum(len(view.errata) for view in views)
    if errata:
        told += f"; {errata} errata"
    head = ["article", "verdict", *(f"{level}s" for level in Severity)]
    head += ["errata by kind", "corrected: learns", "corrected: images a second"]
    rows = [_row(view) for view in views]
    return join(tag("h1", "Errata"), tag("p", told), table(head, rows, "Articles"))


def _row(view: ArticleView) -> list[str]:
    seen = Counter(found.severity for found in view.review.findings)
    kinds = Counter(one.kind for one in view.errata)
    return [
        tag("a", view.title, href=f"{view.slug}.html"),
        verdict(view),
        *(str(seen[level]) for level in Severity),
        ", ".join(f"{number} {kind}" for kind, number in kinds.most_common()) or "none kept",
        _learns(view),
        _speed(view),
    ]


def _learns(view: ArticleView) -> str:
    if view.training is None or view.training.learns is None:
        return "not measured"
    return "yes" if view.training.learns else "NO"


def _speed(view: ArticleView) -> str:
    if not view.speeds:
        return "not measured"
    best = max(view.speeds, key=lambda one: one.median or 0)
    if best.median is None:
        return "not measured"
    return f"{best.median:,.0f} ({best.backend}, {best.device}, batch {best.batch})"
