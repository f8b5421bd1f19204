"""Blank as few lines as possible of a block that is no legal Python, so that the rest of it is.

Top-level statements are tried one by one; only those that fail are looked into, line by line, led
by the parser's messages.  That keeps the work small in long blocks and an error local: an open
bracket or string takes with it what its layout says belongs to it, not the remainder of the block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.listing.check import Refusal, check, check_indented
from harness.listing.culprit import culprit
from harness.listing.lines import indentation, is_blank
from harness.listing.scan import (
    BRACKET,
    CLOSED,
    begins_statement,
    is_clause,
    plausible_end,
    scan_logical_line,
)

# Statements longer than this are first mended suite by suite: each parse is then of a few lines.
_LONG = 120
_MOST_ROUNDS = 40  # of mending one statement before all of it is given up
_MOST_LINES = 2_000  # broken lines in one block before the remainder of it is given up
_MOST_EFFORT = 100_000  # lines parsed while looking for culprits, before whole statements are given up
_DEEPEST = 40  # suites in suites that are mended one by one
_LINE_NUMBER = re.compile(r"\bline (\d+)")
_GIVEN_UP = "too many errors; the remainder of the block is left out"


@dataclass(frozen=True)
class BrokenPlace:
    """Adjacent lines that were blanked; ``first`` and ``last`` count from 0 within the block."""

    first: int
    last: int
    message: str


def mend(lines: Sequence[str]) -> tuple[list[str], list[BrokenPlace]]:
    """``lines`` with the broken ones blank, and where those are.  The result always compiles."""
    if check(lines) is None:
        return list(lines), []
    mender = _Mender(list(lines))
    mender.mend_suite(0, len(lines), depth=0)
    if (refusal := check(mender.lines)) is not None:
        mender.blank(0, len(lines) - 1, refusal, offset=0)
    places = _places(lines, mender.messages)
    for place in places:  # comments between a header and what it orphaned go as well
        mender.blank(place.first, place.last, Refusal(None, place.message), offset=0)
    return mender.lines, places


class _Mender:
    """The lines of one block while they are mended in place."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.messages: dict[int, str] = {}  # blanked line -> the parser's words
        self._look_ahead = len(lines)
        self._effort = _MOST_EFFORT

    def blank(self, first: int, last: int, refusal: Refusal, offset: int) -> None:
        """Blank lines ``first`` to ``last``; line numbers in the message are block lines from 1."""
        message = _LINE_NUMBER.sub(lambda match: f"line {int(match[1]) + offset}", refusal.message)
        for number in range(first, last + 1):
            if self.lines[number].strip(" \t\f"):
                self.messages.setdefault(number, message)
            self.lines[number] = ""

    def mend_suite(self, start: int, stop: int, depth: int) -> None:
        """Mend lines ``start`` to ``stop``, which hold whole statements of one suite."""
        position = start
        while position < stop:
            if is_blank(self.lines[position]):
                position += 1
                continue
            if len(self.messages) > _MOST_LINES:
                self.blank(position, stop - 1, Refusal(None, _GIVEN_UP), 0)
                return
            end = self._statement_end(position, stop)
            if _refusal(self.lines[position:end], depth) is not None:
                self._mend_statement(position, end, depth)
            position = end

    def _statement_end(self, start: int, stop: int) -> int:
        """One past the last line of the statement at ``start``, with its suites and clauses."""
        base = indentation(self.lines[start])
        last = self._logical_end(start, stop)
        decorators = self.lines[start].lstrip().startswith("@")
        while (following := self._next_code(last + 1, stop)) is not None:
            line = self.lines[following]
            column = indentation(line)
            if not (column > base or (column == base and (is_clause(line) or decorators))):
                break
            decorators = decorators and (column > base or line.lstrip().startswith("@"))
            last = self._logical_end(following, stop)
        return last + 1

    def _logical_end(self, start: int, stop: int) -> int:
        horizon = min(stop, start + self._look_ahead)
        end, state = scan_logical_line(self.lines, start, horizon)
        if state == CLOSED:
            return end
        # Many open lines in a row would make this quadratic: look less far each time.
        self._look_ahead = max(self._look_ahead // 2, 50)
        return plausible_end(self.lines, start, horizon) if state == BRACKET else start

    def _next_code(self, start: int, stop: int) -> int | None:
        return next((number for number in range(start, stop) if not is_blank(self.lines[number])), None)

    def _mend_statement(self, start: int, end: int, depth: int, retries: int = 8) -> None:
        """Mend the broken statement from ``start`` to before ``end``."""
        printed, known = self.lines[start:end], dict(self.messages)
        swallowed = _swallowed(printed) if retries else None
        self._mend_in_place(start, end, depth)
        if swallowed is None:
            return
        # Something left open may have swallowed the beginnings of later statements: close it there
        # and see whether fewer lines are lost that way.
        whole, whole_messages = self.lines[start:end], self.messages
        self.lines[start:end], self.messages = printed, known
        first, cut = swallowed
        last = (
            plausible_end(printed, first, cut)
            if scan_logical_line(printed, first, cut)[1] == BRACKET
            else first
        )
        refusal = _refusal(printed[: last + 1], depth) or Refusal(None, "invalid syntax")
        self.blank(start + first, start + last, refusal, offset=start)
        self._mend_again(start, end, depth, retries - 1)
        if len(self.messages) >= len(whole_messages):
            self.lines[start:end], self.messages = whole, whole_messages

    def _mend_again(self, start: int, end: int, depth: int, retries: int) -> None:
        position = start
        while (position_of_code := self._next_code(position, end)) is not None:
            position = self._statement_end(position_of_code, end)
            if _refusal(self.lines[position_of_code:position], depth) is not None:
                self._mend_statement(position_of_code, position, depth, retries)

    def _mend_in_place(self, start: int, end: int, depth: int) -> None:
        refusal = _refusal(self.lines[start:end], depth)
        nowhere = refusal is not None and refusal.line is None
        if (end - start > _LONG or nowhere) and depth < _DEEPEST:
            self._mend_inner_suites(start, end, depth)
        for _ in range(_MOST_ROUNDS):
            part = self.lines[start:end]
            self._effort -= len(part)
            if (refusal := _refusal(part, depth)) is None:
                return
            if self._effort < 0:
                break
            first, last = culprit(part, refusal, lambda lines: _refusal(lines, depth))
            self.blank(start + first, start + last, refusal, offset=start)
        if (refusal := _refusal(self.lines[start:end], depth)) is not None:
            self.blank(start, end - 1, refusal, offset=start)

    def _mend_inner_suites(self, start: int, end: int, depth: int) -> None:
        base = indentation(self.lines[start])
        position = self._logical_end(start, end) + 1
        while (first := self._next_code(position, end)) is not None:
            if indentation(self.lines[first]) <= base:
                position = self._logical_end(first, end) + 1
                continue
            last = first
            while (n := self._next_code(last + 1, end)) is not None and indentation(self.lines[n]) > base:
                last = self._logical_end(n, end)
            last = max(last, self._logical_end(first, end))
            self.mend_suite(first, last + 1, depth + 1)
            position = last + 1


def _swallowed(lines: Sequence[str]) -> tuple[int, int] | None:
    """A logical line's start, and the first line in it that looks like another statement's start."""
    position = 0
    while position < len(lines) and (position == 0 or len(lines) <= _LONG):
        last, _ = scan_logical_line(lines, position, len(lines))
        base = indentation(lines[position])
        for number in range(position + 1, last + 1):
            if indentation(lines[number]) <= base and begins_statement(lines[number]):
                return position, number
        position = last + 1
    return None


def _refusal(lines: Sequence[str], depth: int) -> Refusal | None:
    return check_indented(lines) if depth else check(lines)


def _places(printed: Sequence[str], messages: dict[int, str]) -> list[BrokenPlace]:
    """Adjacent broken lines as one place; a header and the body or clause it orphaned belong together."""
    found = {number: order for order, number in enumerate(messages)}
    places: list[BrokenPlace] = []
    telling = 0  # of the lines of the last place, the one that was found first
    for number in sorted(messages):
        if places and _belongs(printed, places[-1], number):
            telling = min(telling, number, key=found.__getitem__)
            places[-1] = BrokenPlace(places[-1].first, number, messages[telling])
        else:
            telling = number
            places.append(BrokenPlace(number, number, messages[number]))
    return places


def _belongs(printed: Sequence[str], place: BrokenPlace, number: int) -> bool:
    if number == place.last + 1:
        return True
    between = printed[place.last + 1 : number]
    orphan = is_clause(printed[number]) or indentation(printed[number]) > indentation(printed[place.first])
    return orphan and all(is_blank(line) for line in between)
