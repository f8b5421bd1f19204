"""Blocks -> Listing: which blocks are the program, and every statement of it on its own line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.listing.check import check
from harness.listing.judge import bound_names, judge, parsed
from harness.listing.lines import indentation, is_blank
from harness.listing.magics import kind_of_cell_magic, without_magics
from harness.listing.markdown import RawBlock
from harness.listing.prompts import is_session, typed
from harness.listing.recover import mend
from harness.listing.scan import ends_open
from harness.listing.tags import kind_of_tag, language_of
from harness.model import Article, Block, BlockKind, BrokenLine, Listing, ListingNotice, Paragraph

_DIRECTIVE_OPTION = re.compile(r"[ \t]*:[A-Za-z][\w-]*:")
_CODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")
_AWAIT = re.compile(r"'(?:await|async \w+)' outside|^asynchronous comprehension outside")
_MOST_JOINED = 8  # blocks that one class or loop is spread over


@dataclass
class _Part:
    """A Python block on its way into the listing."""

    block: Block
    code: list[str]  # its lines without prompts, magics and directive options
    settled: bool = False  # legal as it stands, on its own or with its neighbours


@dataclass
class _Rows:
    """The listing's lines as they are filled in."""

    rows: list[str] = field(default_factory=list)

    def put(self, line: int, code: Sequence[str]) -> None:
        self.rows.extend([""] * (line - 1 + len(code) - len(self.rows)))
        self.rows[line - 1 : line - 1 + len(code)] = code

    def text(self) -> str:
        for number, row in enumerate(self.rows[:2]):
            if _CODING.match(row):
                self.rows[number] = ""  # the listing is text already: its encoding is not the article's
        while self.rows and not self.rows[-1].strip(" \t\f"):
            self.rows.pop()
        if self.rows and ends_open(self.rows[-1]):
            self.rows.append("")  # a backslash needs a line to join, an empty one at least
        return "\n".join(self.rows) + "\n" if self.rows else ""


def assemble(
    article: Article,
    raw: Sequence[RawBlock],
    notices: Sequence[ListingNotice],
    prose: Sequence[Paragraph] = (),
) -> Listing:
    """The listing of an article whose code blocks, and whose paragraphs, have been found."""
    notebook = article.kind == "notebook"
    kinds = _kinds(raw, notebook)
    blocks = tuple(
        _block(index, block, kind) for index, (block, kind) in enumerate(zip(raw, kinds, strict=True), 1)
    )
    parts = [
        _Part(block, _code(block, found, notebook))
        for block, found in zip(blocks, raw, strict=True)
        if block.kind in (BlockKind.PYTHON, BlockKind.REPL)
    ]
    _settle(parts)
    rows = _Rows()
    broken: list[BrokenLine] = []
    for part in parts:
        code, places = (part.code, []) if part.settled else mend(_without_common_indentation(part.code))
        rows.put(part.block.line, code)
        printed = part.block.source.split("\n")
        broken.extend(
            BrokenLine(
                part.block.line + place.first,
                part.block.line + place.last,
                part.block.index,
                "\n".join(printed[place.first : place.last + 1]),
                _in_article_lines(place.message, part.block.line),
            )
            for place in places
        )
    awaited = [place for place in broken if notebook and _AWAIT.search(place.message)]
    return Listing(
        article=article,
        blocks=blocks,
        text=rows.text(),
        broken=tuple(place for place in broken if place not in awaited),
        notices=tuple(sorted([*notices, *map(_await_notice, awaited)], key=lambda notice: notice.line)),
        prose=tuple(prose),
    )


def _kinds(raw: Sequence[RawBlock], notebook: bool) -> list[BlockKind]:
    """The kind of each block: by its tag, its prompt or its cell magic; else by its content."""
    settled = [_settled_kind(block) for block in raw]
    trees = [parsed("\n".join(block.lines) + "\n") for block in raw]
    names = [bound_names(tree) if tree else frozenset() for tree in trees]
    kinds = []
    for index, (block, kind) in enumerate(zip(raw, settled, strict=True)):
        if kind is None:
            others = [n for i, n in enumerate(names) if i != index and settled[i] in (None, BlockKind.PYTHON)]
            kind = judge(block.lines, frozenset().union(*others))
        kinds.append(kind)
    return kinds


def _settled_kind(block: RawBlock) -> BlockKind | None:
    if block.kind is not None:
        return block.kind
    tagged = kind_of_tag(block.info)
    if tagged is None or tagged is BlockKind.PYTHON:
        if is_session(block.lines):
            return BlockKind.REPL
        return kind_of_cell_magic(block.lines) or tagged
    return tagged


def _block(index: int, raw: RawBlock, kind: BlockKind) -> Block:
    last = max(raw.line + len(raw.lines) - 1, raw.line)
    return Block(index, kind, language_of(raw.info), raw.line, last, "\n".join(raw.lines), raw.cell)


def _code(block: Block, raw: RawBlock, notebook: bool) -> list[str]:
    lines = list(raw.lines)
    if block.kind is BlockKind.REPL:
        return without_magics(typed(lines), notebook=notebook)
    if raw.info.startswith("{"):
        for number, line in enumerate(lines):
            if not _DIRECTIVE_OPTION.match(line):
                break
            lines[number] = ""
    return without_magics(lines, notebook=notebook)


def _settle(parts: Sequence[_Part]) -> None:
    """Mark what is legal as it stands.

    A block whose first line is indented may go on with the class or loop of the block before it:
    blocks are joined where that, and only that, makes them legal.
    """
    first = 0
    while first < len(parts):
        last = first
        while last + 1 < min(len(parts), first + _MOST_JOINED) and _begins_indented(parts[last + 1].code):
            last += 1
        for end in range(last, first - 1, -1):
            lines = [line for part in parts[first : end + 1] for line in part.code]
            if check(lines) is None:
                for part in parts[first : end + 1]:
                    part.settled = True
                break
        else:
            end = first
        first = end + 1


def _begins_indented(code: Sequence[str]) -> bool:
    first = next((line for line in code if not is_blank(line)), "")
    return indentation(first) > 0


def _without_common_indentation(code: Sequence[str]) -> list[str]:
    """A block that is indented as a whole shows the inside of something: it is legal without that."""
    first = next((line for line in code if not is_blank(line)), "")
    prefix = first[: len(first) - len(first.lstrip(" \t"))]
    if not prefix or not all(line.startswith(prefix) for line in code if not is_blank(line)):
        return list(code)
    return [line.removeprefix(prefix) for line in code]


def _in_article_lines(message: str, first: int) -> str:
    return re.sub(r"\bline (\d+)", lambda match: f"line {int(match[1]) + first - 1}", message)


def _await_notice(place: BrokenLine) -> ListingNotice:
    message = "a top-level await works in a notebook, but not as a program; it is left out"
    return ListingNotice(place.line, "top-level-await", message, place.block)
