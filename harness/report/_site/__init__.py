"""The report as pages: one for each article and an index, each a file that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.report._reviews import count
from harness.report._site.article import article, toolbar, verdict
from harness.report._site.index import index
from harness.report._site.markup import Html, join, page, tag
from harness.report._site.view import (
    ArticleView,
    Curves,
    ErratumView,
    Row,
    Speed,
    Training,
)

if TYPE_CHECKING:
    from harness.report import Tool

__all__ = ["ArticleView", "Curves", "ErratumView", "Row", "Speed", "Training", "one_page", "site"]


def site(views: Sequence[ArticleView], tool: Tool) -> dict[str, str]:
    """The pages by file name."""
    pages = {"index.html": str(page("Errata", tag("main", index(views)), _foot(tool)))}
    for view in views:
        back = tag("nav", tag("a", "All articles", href="index.html"), aria_label="Site")
        body = tag("main", toolbar([view]), article(view))
        pages[f"{view.slug}.html"] = str(page(f"{view.title}: errata", back, body, _foot(tool)))
    return pages


def one_page(views: Sequence[ArticleView], tool: Tool, *, trace: bool = False) -> str:
    """All articles in one page, without what only the site has; ``trace``: with the update tables."""
    title = f"{tool.name}: {len(views)} article{'' if len(views) == 1 else 's'}"
    parts = [
        article(view, prefix=f"a{number}-", whole=False, trace=trace) for number, view in enumerate(views, 1)
    ]
    top = tag("p", title, class_="quiet")
    return str(page(title, tag("main", top, _contents(views), toolbar(views), join(*parts)), _foot(tool)))


def _contents(views: Sequence[ArticleView]) -> Html:
    """The articles of one page, where there are several: what each came to, and the way to it."""
    if len(views) < 2:
        return Html("")
    entries = [
        tag(
            "li",
            tag("a", view.title, href=f"#a{number}-article"),
            " ",
            verdict(view),
            f" {count([view.review])}",
        )
        for number, view in enumerate(views, 1)
    ]
    return tag("nav", tag("ul", *entries), aria_label="Articles")


def _foot(tool: Tool) -> str:
    return tag("footer", tag("p", f"{tool.name} {tool.version}"))
