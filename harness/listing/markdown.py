"""Markdown: the code blocks of a document as CommonMark sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from harness.listing.judge import is_prose, parsed
from harness.listing.lines import split_lines
from harness.listing.scan import CLOSED, scan_logical_line
from harness.listing.tags import kind_of_tag
from harness.model import BlockKind, ListingNotice

# Levels of lists and quotes inside one another (a list is two): each takes Python frames of the parser,
# whose own limit of 20 would silently lose a fence in ten lists.
_DEEPEST = 100
_TOO_DEEP = "too deep"
_MOST_READ_AGAIN = 100_000  # lines, after fences that were taken to end early
_INNER_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*[\w{.]")
_MARKUP = re.compile(
    r"(?:\*\*|__)\w.*(?:\*\*|__)|!?\[[^\]]+\]\(|> \w|[-*+] \w+ \w|\d+[.)] \w+ \w|<[a-z]+[ >]|(?:---|\*\*\*)$"
)


@dataclass(frozen=True)
class RawBlock:
    """A code block before it is judged; ``lines[i]`` stands on article line ``line + i``."""

    info: str
    line: int
    lines: tuple[str, ...]
    closed: bool = True
    markup: str = ""  # the fence; "" where indentation marks the block
    top_level: bool = True  # in no list and no quote
    kind: BlockKind | None = None  # where it is known without looking
    cell: int | None = None  # of a notebook: the number of the cell


def code_blocks(text: str) -> tuple[list[RawBlock], list[ListingNotice]]:
    """The fenced and indented code blocks of a Markdown text, and what is odd about its form.

    A fence that is never closed runs to the end of its container, by CommonMark.  Here it ends where
    its content stops being code, and the text after that place is read as Markdown again.
    """
    lines = split_lines(text)
    blocks: list[RawBlock] = []
    notices: list[ListingNotice] = []
    notice = None
    start: int | None = 0
    read = 0  # lines parsed so far
    while start is not None:
        found, notice = _parse(lines, start)
        read += len(lines) - start
        start = None
        for block in found:
            cut = _early_end(block) if read < len(lines) + _MOST_READ_AGAIN else len(block.lines)
            early = cut < len(block.lines)
            if early or not block.closed:
                notices.append(_unclosed(block, cut))
            blocks.append(replace(block, lines=_without_blank_tail(block.lines[:cut])) if early else block)
            if early and block.top_level:
                start = block.line - 1 + cut
                break
    return blocks, [*notices, *([notice] if notice else [])]


def _parse(lines: Sequence[str], start: int) -> tuple[list[RawBlock], ListingNotice | None]:
    """The code blocks of ``lines`` from index ``start`` on, and a notice where nesting is too deep."""
    parser = block_parser()
    environment: dict[str, int] = {}
    blocks = []
    for token in parser.parse("\n".join(lines[start:]) + "\n", environment):
        if token.type not in ("fence", "code_block") or token.map is None:
            continue
        content = token.content.split("\n")
        if content[-1] == "":
            content.pop()
        fenced = token.type == "fence"
        blocks.append(
            RawBlock(
                info=token.info.strip() if fenced else "",
                line=start + token.map[0] + (2 if fenced else 1),
                lines=tuple(content),
                closed=not fenced or token.map[1] - token.map[0] == len(content) + 2,
                markup=token.markup,
                top_level=token.level == 0,
            )
        )
    if _TOO_DEEP not in environment:
        return blocks, None
    message = f"lists or quotes are nested more than {_DEEPEST} levels deep; code in there is not read"
    return blocks, ListingNotice(start + environment[_TOO_DEEP] + 1, "nested-too-deep", message)


def block_parser() -> MarkdownIt:
    """A CommonMark parser of blocks alone, which bears any nesting."""
    parser = MarkdownIt("commonmark", {"maxNesting": 10 * _DEEPEST})
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.block.ruler.before("code", "depth", _stop_when_deep)
    return parser


def _stop_when_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.level < _DEEPEST or silent:
        return False
    state.env.setdefault(_TOO_DEEP, start)
    state.line = start + 1
    return True


def _early_end(block: RawBlock) -> int:
    """The index of the first line that is no longer code, though the fence goes on; else the length.

    A line that opens another fence shows that this one was left open, even where a later line closes it.
    """
    length = len(block.lines)
    if not block.markup or kind_of_tag(block.info) not in (None, BlockKind.PYTHON):
        return length
    starts = list(_logical_starts(block.lines))
    opening = next((number for number in starts if _opens_fence(block.lines[number], block.markup)), length)
    if block.closed and opening == length:
        return length
    prose = (number for number in starts if number < opening and _stops_being_code(block.lines, number))
    return next(prose, opening)


def _logical_starts(lines: Sequence[str]) -> Iterator[int]:
    """Where logical lines begin; a bracket that is never closed does not hide what follows it."""
    position = 0
    look_ahead = len(lines)
    while position < len(lines):
        yield position
        end, state = scan_logical_line(lines, position, min(position + look_ahead, len(lines)))
        if state == CLOSED:
            position = end + 1
        else:
            position += 1
            look_ahead = max(look_ahead // 2, 50)  # many of those would make this quadratic


def _opens_fence(line: str, markup: str) -> bool:
    match = _INNER_FENCE.match(line)
    return match is not None and match[1].startswith(markup)


def _stops_being_code(lines: Sequence[str], number: int) -> bool:
    line = lines[number].strip()
    if not line or line.startswith("#") or parsed(line + "\n") is not None:
        return False
    paragraph = number == 0 or not lines[number - 1].strip()
    return is_prose(line, words=2 if paragraph else 4) or (paragraph and _MARKUP.match(line) is not None)


def _unclosed(block: RawBlock, cut: int) -> ListingNotice:
    end = "where the text around it ends"
    if cut < len(block.lines):
        end = f"before line {block.line + cut}"
    message = f"This code fence is never closed, and its code is taken to end {end}: close it there."
    return ListingNotice(block.line - 1, "unclosed-fence", message)


def _without_blank_tail(lines: Sequence[str]) -> tuple[str, ...]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return tuple(lines[:end])
