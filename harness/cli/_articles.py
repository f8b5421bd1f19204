"""Which of the kept articles a command is about."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from harness.cli._options import place


def add_articles(parser: argparse.ArgumentParser) -> None:
    """Slugs, and where articles and fixed files lie."""
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="an article's folder name (default: all)")
    parser.add_argument("--articles", type=place, default=Path("articles"), metavar="DIR")
    parser.add_argument("--fixed", type=place, default=Path("fixed"), metavar="DIR")


def folders(slugs: Sequence[str], articles: Path) -> list[Path]:
    """The folders of these articles, of all that have errata where none is named.

    Raises ErrataError where there is no such article.
    """
    from harness.errata import ErrataError

    kept = sorted(path.parent for path in articles.glob("*/errata.toml"))
    if not slugs:
        if not kept:
            raise ErrataError(f"{articles}: no folder there has an errata.toml; see errata new --help")
        return kept
    known = {folder.name: folder for folder in kept}
    for slug in slugs:
        if slug not in known:
            names = ", ".join(known) or "none"
            raise ErrataError(f"there is no article {slug!r} with errata in {articles}; there are: {names}")
    return [known[slug] for slug in slugs]
