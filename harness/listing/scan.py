"""Logical lines: where a statement that was begun on one physical line ends.

``tokenize`` gives up at the first error, and it is broken code that has to be looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.listing.lines import indentation, is_blank

_TOKEN = re.compile(r'"""|\'\'\'|["\'#()\[\]{}]')
_CLOSE = {
    quote: re.compile(rf"(?:\\.|[^\\])*?{re.escape(quote)}", re.DOTALL) for quote in ('"', "'", '"""', "'''")
}
_TRAILING_BACKSLASHES = re.compile(r"\\+$")

# A line that can only begin a statement, whatever was left open above it.
_BEGINS_STATEMENT = re.compile(
    r"""\s*(?:
        (?:async\s+)?def\s+\w+\s*\( | class\s+\w+\s*[:(] | import\s+\w | from\s+[\w.]+\s+import\b
      | @\w | (?:for|while|if|with|elif)\b.*:\s*$ | (?:else|try|finally)\s*: | return\b
      | [A-Za-z_][\w.]*(?:\[[^\]]*\])?\s*(?:[-+*/]?=)(?!=).*[^,\s]\s*$
    )""",
    re.VERBOSE,
)
_CLAUSE = re.compile(r"\s*(?:else|elif|except|finally)\b")
_CONTINUES = re.compile(r"[,(\[{=+\-*/%|&]\s*(?:#.*)?$")

CLOSED, BRACKET, STRING = "closed", "bracket", "string"


def ends_open(line: str) -> bool:
    """Whether ``line`` ends with a backslash that joins it to the next one."""
    match = _TRAILING_BACKSLASHES.search(line)
    return match is not None and len(match.group()) % 2 == 1


def scan_logical_line(lines: Sequence[str], start: int, stop: int) -> tuple[int, str]:
    """The last physical line of the logical line that begins at ``start``, and what is open there.

    The second value is ``CLOSED``, or ``BRACKET`` or ``STRING`` where ``stop`` was reached first.
    """
    depth, quote = 0, ""
    for number in range(start, stop):
        line, position, comment = lines[number], 0, False
        while True:
            if quote:
                closing = _CLOSE[quote].match(line, position)
                if closing is None:
                    break
                position, quote = closing.end(), ""
            token = _TOKEN.search(line, position)
            if token is None:
                break
            position = token.end()
            if token.group() == "#":
                comment = True
                break
            if token.group() in "([{":
                depth += 1
            elif token.group() in ")]}":
                depth = max(depth - 1, 0)
            else:
                quote = token.group()
        joined = not comment and ends_open(line)
        if len(quote) == 1 and not joined:
            quote = ""  # the parser stops here too: a plain string ends on its own line
        if not (depth or quote or joined):
            return number, CLOSED
    return stop - 1, STRING if quote else BRACKET if depth else CLOSED


def plausible_end(lines: Sequence[str], start: int, stop: int) -> int:
    """Where a statement ends whose bracket or string is never closed, judged by its layout."""
    base, end = indentation(lines[start]), start
    for number in range(start + 1, stop):
        line = lines[number]
        if is_blank(line):
            continue
        closes = line.lstrip(" \t\f")[0] in ")]}"
        runs_on = _CONTINUES.search(lines[end]) is not None and not begins_statement(line)
        if not (indentation(line) > base or closes or runs_on):
            break
        end = number
    return end


def begins_statement(line: str) -> bool:
    """Whether ``line`` looks like the beginning of a statement even inside an open bracket."""
    return _BEGINS_STATEMENT.match(line) is not None


def is_clause(line: str) -> bool:
    """Whether ``line`` goes on with a compound statement: else, elif, except or finally."""
    return _CLAUSE.match(line) is not None
