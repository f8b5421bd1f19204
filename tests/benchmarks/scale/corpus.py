"""Many articles, made by varying real ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat

from harness.listing import read_article, read_listing
from harness.model import BlockKind


def base(folder: Path) -> list[Path]:
    """The articles that are varied."""
    return sorted([*folder.glob("*/article.md"), *folder.glob("*.md")])


def varied(articles: list[Path], count: int, folder: Path) -> list[Path]:
    """``count`` articles, each one of the given with one more statement, so that no two are one program."""
    folder.mkdir(parents=True)
    made = []
    for number in range(count):
        source = articles[number % len(articles)]
        name = source.parent.name if source.stem == "article" else source.stem
        path = folder / f"{number:04}_{name}.md"
        text = source.read_text(encoding="utf-8").rstrip("\n")
        path.write_text(f"{text}\n\n```python\nedition = {number}\n```\n", encoding="utf-8")
        made.append(path)
    return made


def notebooks(articles: list[Path], folder: Path, first: str) -> None:
    """The articles' Python blocks as cells, after a cell of our own; for nbmake."""
    folder.mkdir(parents=True)
    for path in articles:
        blocks = read_listing(read_article(path)).blocks
        cells = [first, *(block.source for block in blocks if block.kind is BlockKind.PYTHON)]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbformat.write(notebook, folder / f"{path.parent.name}_{path.stem}.ipynb")


def documents(articles: list[Path], folder: Path, first: str) -> None:
    """The articles as they are, with a conftest of our own; for pytest-markdown-docs."""
    folder.mkdir(parents=True)
    (folder / "conftest.py").write_text(first)
    for path in articles:
        shutil.copyfile(path, folder / f"{path.parent.name}_{path.stem}.md")
