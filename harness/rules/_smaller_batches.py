"""Faults of a batch that has fewer rows than those before it."""

from __future__ import annotations

import re

from harness.model import Fault, SmallerBatch, StatementDone
from harness.rules._evidence import Evidence

_NUMBER = re.compile(r"\d+")


def smaller_batch(evidence: Evidence, fault: Fault) -> SmallerBatch | None:
    """The batch because of which a loop failed: the exception names its rows and those of the others."""
    batches = [event for event in evidence.of(SmallerBatch) if event.seq < fault.seq]
    if not batches or batches[-1].line is None:
        return None
    last, first = batches[-1], batches[-1].line
    later = [one for one in evidence.of(Fault) if last.seq < one.seq < fault.seq]
    over = any(last.seq < done.seq < fault.seq for done in evidence.of(StatementDone))
    inside = any(first <= line <= last.end_line for line in fault.lines)
    named = {int(number) for number in _NUMBER.findall(fault.message)}
    return last if inside and not over and not later and {last.rows, last.before} <= named else None
