"""What a notebook's own commands make, which a review does not run: names, and files of Python."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.model import BlockKind
from harness.rules._evidence import Evidence

_NAMES = r"([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)"
_ASSIGNED = re.compile(rf"[ \t]*{_NAMES}\s*=\s*(?:!\s*[A-Za-z~./]|%[A-Za-z])")
_CAPTURED = re.compile(rf"%%capture[ \t]+(?:--?[\w-]+[ \t]+)*{_NAMES}")
_WRITTEN = re.compile(r"%%(?:writefile|file)[ \t]+(?:-a[ \t]+)?[\"']?(?:[\w.-]+/)*([A-Za-z_]\w*)(?:/|\.py\b)")
_GIVEN = frozenset({"display", "get_ipython", "In", "Out"})


def bound_by_commands(evidence: Evidence) -> frozenset[str]:
    """The names that ``name = !command``, ``name = %magic`` and ``%%capture name`` bind."""
    found: set[str] = set()
    for block in evidence.listing.blocks:
        if block.kind is not BlockKind.PYTHON:
            continue
        for line in block.source.splitlines():
            match = _ASSIGNED.match(line) or _CAPTURED.match(line)
            found |= {name.strip() for name in match[1].split(",")} if match else set()
    return frozenset(found)


def given_by_notebook(evidence: Evidence, name: str | None) -> bool:
    """Whether a notebook's kernel binds a name, or a command in it, which a run without one has not."""
    if name in _GIVEN:
        return evidence.listing.article.kind == "notebook"
    return name in bound_by_commands(evidence)


def written_modules(evidence: Evidence) -> Mapping[str, int]:
    """The modules that ``%%writefile`` makes of a cell, with the line of the command."""
    found: dict[str, int] = {}
    for block in evidence.listing.blocks:
        for offset, line in enumerate(block.source.splitlines()):
            match = _WRITTEN.match(line)
            if match:
                found.setdefault(match[1], block.line + offset)
    return found
