"""Jupyter notebooks: their cells, on the lines of the .ipynb file where it has such lines."""

from __future__ import annotations

import bisect
import json
import json.decoder
import json.scanner
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
from nbformat.validator import ValidationError

from harness.listing.assemble import assemble
from harness.listing.errors import ArticleError
from harness.listing.lines import LINE_END, split_lines
from harness.listing.markdown import RawBlock
from harness.listing.prose import paragraphs
from harness.listing.tags import kind_of_tag
from harness.model import Article, BlockKind, Cell, Listing, ListingNotice, Paragraph

# Typed as Any: typeshed leaves out what these modules have for decoders of one's own.
_SCANNER: Any = json.scanner
_DECODER: Any = json.decoder


class _Placed(str):
    """A string of the notebook's JSON that knows where in the file it begins."""

    offset: int


@dataclass(frozen=True)
class _Cell:
    language: str
    source: str
    pieces: tuple[_Placed, ...]  # the JSON strings that make up the source, as the file has them
    kind: BlockKind | None  # where it is settled that the cell is no Python that runs
    number: int  # among all cells, from 1
    code: bool
    prose: bool  # Markdown


def check_notebook(path: Path | str, text: str) -> None:
    """Raise ``ArticleError`` where ``text`` is no JSON object that could be a notebook."""
    notebook = _load(str(path), text)
    if not isinstance(notebook, dict) or not any(key in notebook for key in ("cells", "worksheets")):
        raise ArticleError(f"{path}: is JSON, but no notebook: it has no cells")


def read_notebook(article: Article) -> Listing:
    """The listing of a notebook; ``Listing.article.text`` is what its cells say.

    Article lines are those of the file where each source line is a JSON string on a line of its own,
    as nbformat writes it.  Elsewhere (minified notebooks) they are the lines of all code cells'
    text one after another; a notice says so, and prose, which is then on no line, is left out.
    """
    check_notebook(article.path, article.text)
    notices: list[ListingNotice] = []
    every = _cells(article, notices)
    cells = [cell for cell in every if cell.code]
    lines = _file_lines(article.text, cells)
    if lines is not None:
        blocks = [_block(cell, at) for cell, at in zip(cells, lines, strict=True)]
        return assemble(_said(article, every), blocks, notices, tuple(_prose(article, every)))
    message = (
        "the notebook's source lines do not stand on lines of their own in the file; "
        "line numbers are those of its code cells' text, one after another"
    )
    notices = [replace(notice, line=1) for notice in notices]
    notices.append(ListingNotice(1, "notebook-without-lines", message))
    first, text = 1, list[str]()
    blocks = []
    for cell in cells:
        source = split_lines(cell.source)
        blocks.append(_block(cell, first))
        text.extend(source)
        first += len(source)
    said = replace(article, text="\n".join(text) + "\n", cells=tuple(map(_extent, blocks)))
    return assemble(said, blocks, notices)


def _load(path: str, text: str) -> Any:
    decoder = _PlacingDecoder()
    try:
        return decoder.decode(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise ArticleError(
            f"{path}: is no notebook: broken JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except RecursionError:
        raise ArticleError(f"{path}: is no notebook: its JSON is nested too deeply") from None
    except ValueError as error:  # a number with more digits than Python converts
        raise ArticleError(f"{path}: is no notebook: {error}") from None


class _PlacingDecoder(json.JSONDecoder):
    """The standard decoder in its Python form, which says where each string value begins."""

    def __init__(self) -> None:
        super().__init__()
        # The C scanner ignores the hook.
        self.parse_string = _placed_string
        self.scan_once = _SCANNER.py_make_scanner(self)


def _placed_string(text: str, end: int, strict: bool = True) -> tuple[_Placed, int]:
    value, after = _DECODER.scanstring(text, end, strict)
    placed = _Placed(value)
    placed.offset = end
    return placed, after


def _cells(article: Article, notices: list[ListingNotice]) -> list[_Cell]:
    """The cells in order: nbformat upgrades old formats, the raw JSON knows the places."""
    notebook = _upgraded(article, notices)
    language = _language(notebook.get("metadata", {}))
    raw = _raw_cells(_load(article.path, article.text))
    cells = notebook["cells"]
    if len(raw) != len(cells):
        raw = [{}] * len(cells)
    return [
        _cell(cell, pieces_of, language, number)
        for number, (cell, pieces_of) in enumerate(zip(cells, raw, strict=True), 1)
    ]


def _upgraded(article: Article, notices: list[ListingNotice]) -> Any:
    """The notebook in format 4.  One that breaks the schema is still read where its cells can be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about cell ids: no matter to a reader of code
        try:
            notebook = nbformat.convert(nbformat.reader.reads(article.text.removeprefix("\ufeff")), 4)
            sources = [cell["source"] for cell in notebook["cells"]]
        # The upgrade trusts the shape of what it is given and fails in many ways where that is wrong.
        except Exception as error:
            raise ArticleError(
                f"{article.path}: is no notebook that nbformat reads: {_one_line(error)}"
            ) from None
        if not all(isinstance(source, str) for source in sources):
            raise ArticleError(f"{article.path}: is no valid notebook: a cell's source is not text")
        try:
            nbformat.validate(notebook)
        except ValidationError as error:
            notices.append(ListingNotice(1, "invalid-notebook", f"not a valid notebook: {_one_line(error)}"))
    return notebook


def _one_line(error: Exception) -> str:
    text = getattr(error, "message", "") or str(error)
    return (text.strip().splitlines() or [type(error).__name__])[0][:200]


def _language(metadata: Any) -> str:
    if not isinstance(metadata, Mapping):
        return "python"
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        value = metadata.get(key)
        if isinstance(value, Mapping) and isinstance(value.get(name), str) and value[name]:
            return str(value[name]).lower()
    return "python"


def _raw_cells(notebook: Mapping[str, Any]) -> list[Any]:
    if "cells" in notebook:
        return list(notebook["cells"])
    return [cell for worksheet in notebook["worksheets"] for cell in worksheet["cells"]]


def _cell(cell: Any, raw: Mapping[str, Any], language: str, number: int) -> _Cell:
    pieces = raw.get("source", raw.get("input", raw.get("code", ())))
    pieces = (pieces,) if isinstance(pieces, _Placed) else tuple(pieces)
    tags = cell.get("metadata", {}).get("tags", ())
    left_out = "skip-execution" in tags or kind_of_tag(language) is not BlockKind.PYTHON
    kind = BlockKind.OTHER if left_out else None
    form = cell.get("cell_type")
    return _Cell(language, cell["source"], pieces, kind, number, form == "code", form == "markdown")


def _file_lines(text: str, cells: Sequence[_Cell]) -> list[int] | None:
    """The file line of each cell's first source line; None where lines do not stand on their own."""
    starts = _starts(text)
    firsts: list[int] = []
    previous = 0
    for cell in cells:
        lines = _cell_lines(cell, starts)
        if lines is None or (lines and lines[0] <= previous):
            return None
        firsts.append(lines[0] if lines else max(previous, 1))
        previous = lines[-1] if lines else previous
    return firsts


def _starts(text: str) -> list[int]:
    """Where each line of the file begins."""
    return [0, *(match.end() for match in LINE_END.finditer(text.removeprefix("\ufeff")))]


def _said(article: Article, cells: Sequence[_Cell]) -> Article:
    """The article with the text of its cells in place of the JSON; what is no cell's source is blank.

    Cells of prose whose lines do not stand on their own in the file are left out.
    """
    starts = _starts(article.text)
    rows = [""] * len(starts)
    found: list[Cell] = []
    for cell in cells:
        lines = _cell_lines(cell, starts)
        if lines:
            rows[lines[0] - 1 : lines[-1]] = split_lines(cell.source)
            found.append(Cell(cell.number, lines[0], lines[-1]))
    return replace(article, text="\n".join(rows), cells=tuple(found))


def _prose(article: Article, cells: Sequence[_Cell]) -> Iterator[Paragraph]:
    """What the cells of Markdown say, where their lines stand on their own in the file."""
    starts = _starts(article.text)
    for cell in cells:
        lines = _cell_lines(cell, starts) if cell.prose else None
        if lines:
            yield from paragraphs(cell.source, first=lines[0])


def _extent(block: RawBlock) -> Cell:
    return Cell(block.cell or 0, block.line, block.line + max(len(block.lines), 1) - 1)


def _cell_lines(cell: _Cell, starts: Sequence[int]) -> list[int] | None:
    """The file line of each source line of a cell, where they are consecutive."""
    count = len(split_lines(cell.source))
    begins = [0, *(match.end() for match in LINE_END.finditer(cell.source))][:count]
    joint = "" if "".join(cell.pieces) == cell.source else "\n"  # formats before 4 may leave it out
    if joint.join(cell.pieces) != cell.source:
        return None
    at, offset = dict[int, int](), 0
    for piece in cell.pieces:
        at.setdefault(offset, bisect.bisect_right(starts, piece.offset))
        offset += len(piece) + len(joint)
    lines = [at.get(begin, 0) for begin in begins]
    consecutive = all(after == before + 1 for before, after in pairwise(lines))
    return lines if consecutive and 0 not in lines else None


def _block(cell: _Cell, line: int) -> RawBlock:
    return RawBlock(cell.language, line, tuple(split_lines(cell.source)), kind=cell.kind, cell=cell.number)
