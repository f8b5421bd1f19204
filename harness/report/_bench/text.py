"""A throughput document for people at a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.report._bench import view
from harness.report._clean import clean


def bench_text(document: Mapping[str, Any]) -> str:
    """Tables by program, then the machine; ends in a newline."""
    parts = []
    for (slug, backend, device), rows in view.groups(document).items():
        lines = [f"{slug} on {backend}, {device}", *(f"  {line}" for line in _table(rows))]
        notes = [view.way_title(rows), *(remark for row in rows for remark in view.remarks(row))]
        parts.append([*lines, *(f"  {note}" for note in notes)])
    facts = view.machine_facts(document)
    width = max(len(name) for name, _ in facts)
    parts.append([f"{name:{width}}  {value}" for name, value in facts])
    if not document["complete"]:
        parts.append(["This run was interrupted: what it had measured is here, the rest is not."])
    parts.append(["* the program's own batch size; compile s: the first call less what its steps take."])
    return "\n\n".join("\n".join(clean(line) for line in part) for part in parts) + "\n"


def _table(rows: Sequence[view.Row]) -> list[str]:
    lines = [list(view.HEAD), *(view.cells(row) for row in rows)]
    # Why a row was not measured is prose, and makes no column wider.
    whole = [line for line in lines if line[-1]]
    widths = [max(len(line[column]) for line in whole) for column in range(len(view.HEAD))]
    return [
        "  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True))
        if line[-1]
        else f"{line[0]:>{widths[0]}}  {line[1]}"
        for line in lines
    ]
