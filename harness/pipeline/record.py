"""A review as JSON values that no reader has to trust, and back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from harness.model import Article, Review
from harness.run.values import CodecError, build, plain

#: What reading can raise where a record was changed by somebody else.
DAMAGED = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, CodecError)


def of(review: Review) -> dict[str, Any]:
    """Everything but the article's path, and its text where whoever reads it back has the same."""
    article = review.article
    bare = replace(review, article=replace(article, path="", text=""))
    # Of a notebook the review has what its cells say, which is not the file's text.
    same = hashlib.sha256(article.text.encode("utf-8", "surrogatepass")).hexdigest() == article.sha256
    return {"review": plain(bare), "text": None if same else article.text}


def read(record: Any, article: Article) -> Review:
    """The review of this article that a record holds.  Raises one of ``DAMAGED``."""
    text = record["text"]
    if text is not None and not isinstance(text, str):
        raise CodecError("the article's text is no text")
    found = build(Review, record["review"])
    if text in (None, article.text):
        return replace(found, article=article)
    return replace(found, article=replace(article, text=text, cells=found.article.cells))
