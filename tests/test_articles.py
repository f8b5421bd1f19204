"""The kept articles are verbatim: their bytes are pinned twice, here and beside them."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

ARTICLES = Path(__file__).parents[1] / "articles"
HASHES = {
    "cnn_gan": "28a180ede420237a8c5dd31c489fd181deaf7a1f0c2e3c8d1698508565561895",
    "deconv_gan": "49f3aff6a6673365deb2b92f7635aa065c030d80b2b1df8f9650ab6498150ccb",
    "dense_gan": "ae0e11064d6f1f1a09966b54ed46b629420500d157847ed1e3b08f1faacc0cf2",
    "leaky_gan": "80575727f8858d27408f55e34b1e7bbf4ff3182f3b2fb6a73193ed1c3431e669",
    "upsampling_gan": "9bdf3355d3b60e9cb7e2bd55073827de34529c3dc9ed259cca78f2fdf232cd86",
}


def test_these_are_the_kept_articles() -> None:
    assert {path.parent.name for path in ARTICLES.glob("*/article.md")} >= set(HASHES)


@pytest.mark.parametrize("slug", HASHES)
def test_an_article_is_byte_for_byte_what_was_pinned(slug: str) -> None:
    found = hashlib.sha256((ARTICLES / slug / "article.md").read_bytes()).hexdigest()
    assert found == HASHES[slug]


@pytest.mark.parametrize("path", sorted(ARTICLES.glob("*/article.toml")), ids=lambda path: path.parent.name)
def test_its_description_is_complete_and_agrees(path: Path) -> None:
    described = tomllib.loads(path.read_text("utf-8"))
    assert described["sha256"] == hashlib.sha256(path.with_name("article.md").read_bytes()).hexdigest()
    for key in ("title", "source", "origin"):
        assert isinstance(described[key], str)
        assert described[key].strip()


@pytest.mark.parametrize("slug", HASHES)
def test_its_title_is_the_article_s(slug: str) -> None:
    title = tomllib.loads((ARTICLES / slug / "article.toml").read_text("utf-8"))["title"]
    assert title in (ARTICLES / slug / "article.md").read_text("utf-8").split("\n")[0]
