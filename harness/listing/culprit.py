"""Which lines of a broken statement to blank: the parser says where it stopped, not what to leave out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from harness.listing.check import Refusal
from harness.listing.judge import parsed
from harness.listing.lines import indentation, is_blank
from harness.listing.scan import BRACKET, CLOSED, plausible_end, scan_logical_line

_HEADER_LINE = re.compile(r"^expected an indented block .* on line (\d+)$")
_INDENTATION = re.compile(r"^(?:unexpected indent|unindent does not match|inconsistent use of tabs)")
_TRY = re.compile(r"\s*try\b")
_NOTHING_CAUGHT = re.compile(r"^expected 'except' or 'finally' block")

Parse = Callable[[Sequence[str]], Refusal | None]


def culprit(lines: Sequence[str], refusal: Refusal, parse: Parse) -> tuple[int, int]:
    """First and last of the lines to blank next, at least one of which is not blank yet."""
    if refusal.line is None:
        return 0, len(lines) - 1
    accused = _accused(lines, refusal)
    start, end, closed = next(
        (line for line in _logical_lines(lines) if line[0] <= accused <= line[1]), (accused, accused, True)
    )
    inner = start < accused <= end and closed and not _is_element(lines[accused])
    if inner and _removable(lines, accused, accused, end, parse):
        # A line that is wrong in itself, such as "<more layers>" in a list.  A missing comma is a
        # fault between two good lines: without one of them the statement would say something else.
        return accused, accused
    whole = _with_decorators(lines, start), _with_suite(lines, end, indentation(lines[start]))
    if _INDENTATION.match(refusal.message) and _removable(lines, start, end, whole[1], parse):
        return start, end
    return whole


def _accused(lines: Sequence[str], refusal: Refusal) -> int:
    number = min(refusal.line or 0, len(lines) - 1)
    header = _HEADER_LINE.match(refusal.message)
    if header:
        number = min(int(header[1]) - 1, number)
    if _NOTHING_CAUGHT.match(refusal.message):
        number = next((n for n in range(number, -1, -1) if _TRY.match(lines[n])), number)
    while number > 0 and is_blank(lines[number]):
        number -= 1
    if is_blank(lines[number]):
        number = next((n for n, line in enumerate(lines) if not is_blank(line)), number)
    return number


def _logical_lines(lines: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
    """First line, last line, and whether everything opened is closed, of each logical line."""
    position = 0
    while position < len(lines):
        if is_blank(lines[position]):
            position += 1
            continue
        end, state = scan_logical_line(lines, position, len(lines))
        if state != CLOSED:
            end = plausible_end(lines, position, len(lines)) if state == BRACKET else position
        yield position, end, state == CLOSED
        position = end + 1


def _is_element(line: str) -> bool:
    """Whether a line is legal as arguments of a call, items of a list or pairs of a dictionary."""
    return any(
        parsed(f"{start}{line.strip()}\n{end}") is not None for start, end in (("f(", ")"), ("{", "}"))
    )


def _removable(lines: Sequence[str], first: int, last: int, extent: int, parse: Parse) -> bool:
    """Whether the parser gets past line ``extent`` once ``first`` to ``last`` are blank."""
    shorter = list(lines)
    shorter[first : last + 1] = [""] * (last + 1 - first)
    refusal = parse(shorter)
    return refusal is None or (refusal.line is not None and refusal.line > extent)


def _with_decorators(lines: Sequence[str], start: int) -> int:
    base, first = indentation(lines[start]), start
    for number in range(start - 1, -1, -1):
        line = lines[number]
        if not is_blank(line):
            if not (line.lstrip().startswith("@") and indentation(line) == base):
                break
            first = number
    return first


def _with_suite(lines: Sequence[str], end: int, base: int) -> int:
    """The last line that is only there because of the statement: what is indented below it."""
    last = end
    for number in range(end + 1, len(lines)):
        if is_blank(lines[number]):
            continue
        if indentation(lines[number]) <= base:
            break
        last = number
    return last
