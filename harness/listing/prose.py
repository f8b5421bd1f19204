"""The paragraphs of an article outside its code, as CommonMark sees them, without their markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from harness.listing.lines import split_lines
from harness.listing.markdown import RawBlock, block_parser
from harness.model import Paragraph

_FENCE = re.compile(r"(?:`{3,}|~{3,}).*$")
_BREAKS = frozenset({"softbreak", "hardbreak"})


def paragraphs(text: str, blocks: Iterable[RawBlock] = (), first: int = 1) -> tuple[Paragraph, ...]:
    """The paragraphs of a Markdown text whose first line is article line ``first``.

    ``blocks`` are the code blocks that were found in it.  They are left out as they were judged: one whose
    fence is never closed ends before CommonMark lets it end.  Headings, tables and HTML are no paragraphs.
    """
    environment: dict[str, Any] = {}  # where the addresses of links are kept
    lines = _without(split_lines(text), blocks)
    tokens = block_parser().enable("table").parse("\n".join(lines) + "\n", environment)
    inline = _inline_parser()
    found = (
        _paragraph(token, first + token.map[0], inline.parseInline(token.content, environment))
        for before, token in pairwise(tokens)
        if before.type == "paragraph_open" and token.map is not None
    )
    return tuple(paragraph for paragraph in found if paragraph.text)


def _inline_parser() -> MarkdownIt:
    """A parser of what stands in a paragraph; it bears no deep nesting, and leaves such text as it is."""
    parser = MarkdownIt("commonmark")
    # Without "text_join" an escaped character keeps a token of its own, which knows how it was written.
    parser.core.ruler.enableOnly(["normalize", "block", "inline"])
    return parser


def _without(lines: list[str], blocks: Iterable[RawBlock]) -> list[str]:
    """The lines with blank ones in place of blocks of code, fences included."""
    for block in blocks:
        start, end = block.line - 1, block.line - 1 + len(block.lines)
        lines[start:end] = [""] * (end - start)
        if block.markup and start:
            lines[start - 1] = _FENCE.sub("", lines[start - 1])
        if block.markup and end < len(lines) and _closes(lines[end], block.markup):
            lines[end] = ""
    return lines


def _closes(line: str, markup: str) -> bool:
    mark = line.strip(" \t>")
    return mark.startswith(markup) and not mark.strip(markup[0])


def _paragraph(token: Token, line: int, parsed: Sequence[Token]) -> Paragraph:
    """The words of a paragraph that begins on an article line, and where those of each line begin."""
    text, read = "", 0
    lines, code = [(0, line)], list[tuple[int, int]]()
    children = [child for part in parsed for child in part.children or ()]
    for child, shown, at in _pieces(token.content, children):
        passed = token.content.count("\n", read, at)
        line, read = line + passed, at
        if line > lines[-1][1] and child.type not in _BREAKS:
            lines.append((len(text), line))
        if child.type == "code_inline":
            code.append((len(text), len(text) + len(shown)))
        text += shown
    return Paragraph(text, tuple(lines), tuple(code))


def _pieces(content: str, children: Sequence[Token]) -> Iterator[tuple[Token, str, int]]:
    """What each token shows to a reader, and where it begins in the source of its paragraph."""
    end, bare = 0, False
    for child in children:
        # An address by itself may be printed otherwise than it is written.
        place = None if bare else _source(child).search(content, end)
        begin, end = (place.start(), place.end()) if place else (end, end)
        bare = child.type == "link_open" and child.markup == "autolink"
        if child.type in _BREAKS:
            yield child, " ", begin
        elif child.type in {"text", "text_special", "code_inline"}:
            yield child, child.content, begin


def _source(token: Token) -> re.Pattern[str]:
    """How a token is written."""
    if token.type in _BREAKS:
        return re.compile("\n")
    if token.type == "code_inline":  # a line's end in it has become a blank
        return re.compile(re.escape(token.content).replace(r"\ ", r"[ \n]"))
    return re.compile(re.escape(token.markup if token.type == "text_special" else token.content))
