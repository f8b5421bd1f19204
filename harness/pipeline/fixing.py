"""Article + errata = fixed article and its program."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from harness.errata import check_fixed, write_fixed
from harness.listing import read_listing
from harness.model import Article, BlockKind

__all__ = ["apply_errata", "check_errata", "program_of"]


def program_of(text: str) -> str:
    """The program that an article prints: its Python blocks in order, a blank line between two."""
    article = Article("article.md", hashlib.sha256(text.encode()).hexdigest(), text, "markdown")
    blocks = [block for block in read_listing(article).blocks if block.kind is BlockKind.PYTHON]
    return "\n\n".join(block.source.strip("\n") for block in blocks) + "\n"


def apply_errata(folders: Sequence[Path], fixed: Path) -> tuple[Path, ...]:
    """Write the fixed files of these article folders; returns those that changed."""
    return tuple(path for folder in folders for path in write_fixed(folder, fixed, program_of))


def check_errata(folders: Sequence[Path], fixed: Path) -> None:
    """Raise ErrataError where a fixed file is not what article and errata give."""
    for folder in folders:
        check_fixed(folder, fixed, program_of)
