"""How lines of an article are named: in a notebook by their cell as well, which editors show."""

from __future__ import annotations

from dataclasses import replace

from harness.model import Article, Finding


def place(article: Article, line: int | None) -> str:
    """``line 40``, in a notebook ``line 40 (cell 4, line 2)``."""
    inside = cell(article, line)
    return f"line {line} ({inside})" if inside else f"line {line}"


def cell(article: Article, line: int | None) -> str:
    """``cell 4, line 2``; nothing outside of notebooks."""
    for known in article.cells:
        if line is not None and known.line <= line <= known.end_line:
            return f"cell {known.number}, line {line - known.line + 1}"
    return ""


def in_its_cell(found: Finding, article: Article) -> Finding:
    """A finding in a notebook with its cell, and the line in it, as evidence."""
    for known in article.cells:
        if known.line <= found.line <= known.end_line:
            inside = {"cell": known.number, "cell_line": found.line - known.line + 1}
            return replace(found, evidence={**found.evidence, **inside})
    return found
