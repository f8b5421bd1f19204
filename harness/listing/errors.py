"""The one exception of this stage."""

from __future__ import annotations


class ArticleError(ValueError):
    """An article that cannot be read; the message is one line: place, found, expected, what to do."""
