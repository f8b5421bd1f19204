"""Text -> Listing: an article's Python program, every statement on its own article line."""

from __future__ import annotations

from harness.listing.errors import ArticleError
from harness.listing.files import find_articles, read_article
from harness.model import Article, Listing

__all__ = ["ArticleError", "find_articles", "read_article", "read_listing"]


def read_listing(article: Article) -> Listing:
    """The Python program of an article.

    ``Listing.text`` parses, and each of its top-level statements compiles on its own.  Raises
    ``ArticleError`` for a notebook that cannot be read.
    """
    # Where a review was made before, no article is parsed.
    from harness.listing import markdown, prose, script
    from harness.listing.assemble import assemble

    if article.kind == "notebook":
        from harness.listing.notebook import read_notebook  # nbformat takes longer than all the rest

        return read_notebook(article)
    if article.kind == "script":
        return assemble(article, script.code_blocks(article.text), ())
    blocks, notices = markdown.code_blocks(article.text)
    return assemble(article, blocks, notices, prose.paragraphs(article.text, blocks))
