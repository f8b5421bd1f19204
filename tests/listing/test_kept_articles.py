"""The listings of the five articles under the project's care."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness.listing import find_articles, read_article, read_listing
from harness.model import BlockKind, Listing

ARTICLES = Path(__file__).parents[2] / "articles"


def listing_of(slug: str) -> Listing:
    return read_listing(read_article(ARTICLES / slug / "article.md"))


@pytest.mark.parametrize(
    ("slug", "language", "blocks"),
    [
        ("cnn_gan", "", [(24, 35), (43, 51), (59, 82)]),
        ("deconv_gan", "", [(26, 35), (43, 54), (62, 69), (77, 99)]),
        ("dense_gan", "python", [(44, 68)]),
        ("leaky_gan", "", [(22, 42), (50, 101)]),
        ("upsampling_gan", "", [(18, 27), (33, 50), (56, 58)]),
    ],
)
def test_blocks_of_the_five_articles(slug: str, language: str, blocks: list[tuple[int, int]]) -> None:
    listing = listing_of(slug)
    assert [(block.line, block.end_line) for block in listing.blocks] == blocks
    assert {block.kind for block in listing.blocks} == {BlockKind.PYTHON}
    assert {block.language for block in listing.blocks} == {language}
    assert listing.notices == ()
    printed = listing.article.text.split("\n")
    broken = {line for place in listing.broken for line in range(place.line, place.end_line + 1)}
    inside = {line for first, last in blocks for line in range(first, last + 1)} - broken
    rows = listing.text.removesuffix("\n").split("\n")
    assert rows == [line if n in inside else "" for n, line in enumerate(printed, 1)][: blocks[-1][1]]


@pytest.mark.parametrize("slug", ["cnn_gan", "deconv_gan", "dense_gan", "upsampling_gan"])
def test_four_of_them_parse_as_printed(slug: str) -> None:
    assert listing_of(slug).broken == ()


def test_one_line_of_leaky_gan_is_no_python() -> None:
    (place,) = listing_of("leaky_gan").broken
    assert (place.line, place.end_line, place.block) == (53, 53, 2)
    assert place.source == "... // Define the GAN models"
    assert place.message == "invalid syntax"


def test_all_five_are_found_in_order() -> None:
    slugs = [path.parent.name for path in find_articles([ARTICLES])]
    assert slugs == ["cnn_gan", "deconv_gan", "dense_gan", "leaky_gan", "upsampling_gan"]


def test_an_article_is_listed_in_well_under_the_time_of_a_run() -> None:
    started = time.process_time()
    for path in find_articles([ARTICLES]):
        read_listing(read_article(path))
    assert time.process_time() - started < 0.25  # 5 x 50 ms; some 5 ms each where nothing else runs
