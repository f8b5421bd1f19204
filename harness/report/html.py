"""For reading and passing on: all reviews in one HTML page that needs nothing beside it.

The page loads nothing (its content policy forbids it), and works without its script: then every
finding stands open under its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.model import Review
from harness.report._site import ArticleView, one_page

if TYPE_CHECKING:
    from harness.report import Page, Tool


def render(reviews: Sequence[Review], tool: Tool, page: Page) -> str:
    """The reviews as one page."""
    views = [ArticleView(slug="", title=review.article.path, review=review) for review in reviews]
    return one_page(views, tool, trace=page.trace)
