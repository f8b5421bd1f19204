"""IPython's additions to Python: ``%magic``, ``!command``, ``name?``.

They are no syntax errors of an article, and there is nothing in them that is run here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.listing.lines import is_blank
from harness.listing.scan import CLOSED, ends_open, scan_logical_line
from harness.model import BlockKind

_MAGIC = re.compile(r"[ \t]*(?:[%!]\S|!!|\?{1,2}[\w%]|%%\w)")
_ASSIGNED = re.compile(r"[ \t]*[A-Za-z_][\w.]*(?:\s*,\s*[A-Za-z_]\w*)*\s*=\s*(?:!\s*[A-Za-z~./]|%[A-Za-z])")
_HELP = re.compile(r"[ \t]*[%\w][\w.]*\?{1,2}\s*$")
_CELL = re.compile(r"%%(\w+)")
# Only inside a notebook are these taken for magics without their percent sign.
_AUTOMAGIC = re.compile(r"[ \t]*(?:pip3?|conda|mamba)[ \t]+(?:install|uninstall|list|show|update)\b")

# Cell magics under which the cell is Python as before.
_PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "memit", "mprun"})
_SHELL_CELLS = frozenset({"bash", "sh", "shell", "cmd", "script", "system", "sx"})


def kind_of_cell_magic(lines: Sequence[str]) -> BlockKind | None:
    """The kind that a cell magic on the first line gives the block; None where there is none."""
    first = next((line for line in lines if not is_blank(line)), "")
    match = _CELL.match(first)
    if match is None:
        return None
    if match[1] in _PYTHON_CELLS:
        return BlockKind.PYTHON
    return BlockKind.SHELL if match[1] in _SHELL_CELLS else BlockKind.OTHER


def without_magics(lines: Sequence[str], *, notebook: bool = False) -> list[str]:
    """``lines`` with IPython's own ones blank; an indented one becomes ``pass``, a suite needs a body."""
    code = list(lines)
    position = 0
    while position < len(code):
        line = code[position]
        if _is_magic(line, notebook):
            body = "" if line[:1] not in (" ", "\t") else line[: len(line) - len(line.lstrip(" \t"))] + "pass"
            code[position] = body
            while ends_open(line) and position + 1 < len(code):
                position += 1
                line, code[position] = code[position], ""
            position += 1
            continue
        end, state = scan_logical_line(code, position, len(code))
        position = end + 1 if state == CLOSED else position + 1
    return code


def _is_magic(line: str, notebook: bool) -> bool:
    return bool(
        _MAGIC.match(line)
        or _ASSIGNED.match(line)
        or _HELP.match(line)
        or (notebook and _AUTOMAGIC.match(line))
    )
