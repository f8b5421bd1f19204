"""An article and the listing that is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook, on the article's lines."""

    number: int  # among all cells, from 1
    line: int
    end_line: int


@dataclass(frozen=True)
class Article:
    """A tutorial's text, verbatim, pinned by the SHA-256 of its bytes.

    As a listing and a review hold a notebook, its text is what the cells say, and not the JSON around
    it: each source line on the line that it has in the file.
    """

    path: str
    sha256: str
    text: str
    kind: str  # "markdown", "notebook" or "script"
    cells: tuple[Cell, ...] = ()  # of a notebook that has been read


class BlockKind(StrEnum):
    PYTHON = "python"
    SHELL = "shell"
    OUTPUT = "output"
    REPL = "repl"
    OTHER = "other"


@dataclass(frozen=True)
class Block:
    """One fenced code block or notebook cell; ``index`` counts all blocks of the article from 1."""

    index: int
    kind: BlockKind
    language: str  # first word of the info string, "" where there is none
    line: int  # article line of its first source line
    end_line: int  # article line of its last source line
    source: str  # as printed, without the fence and without its container's indentation
    cell: int | None = None  # of a notebook: which of all its cells it is, counted from 1


@dataclass(frozen=True)
class BrokenLine:
    """Lines of a Python block that no Python parser accepts; they are blank in ``Listing.text``."""

    line: int
    end_line: int
    block: int
    source: str
    message: str  # the parser's words


@dataclass(frozen=True)
class ListingNotice:
    """Something about the article's form that a reader should know, e.g. an unclosed fence."""

    line: int
    rule: str
    message: str
    block: int | None = None


@dataclass(frozen=True)
class Paragraph:
    """Prose that stands together, of a list item or a quotation too, as a reader sees it: without markup.

    ``text`` is one line, whatever the article makes of it.  ``lines`` are pairs of an offset in it and
    the article line whose words begin there, in order; ``code`` the extents that are printed as code.
    """

    text: str
    lines: tuple[tuple[int, int], ...]
    code: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Listing:
    """An article's Python program.

    ``text`` has exactly one line for every article line up to the last statement: line *n* of it
    is the code of article line *n*, and blank where the article has prose.  It always parses.
    """

    article: Article
    blocks: tuple[Block, ...]
    text: str
    broken: tuple[BrokenLine, ...] = ()
    notices: tuple[ListingNotice, ...] = ()
    prose: tuple[Paragraph, ...] = ()  # of Markdown, and of a notebook's cells of Markdown
