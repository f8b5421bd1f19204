"""Faults of a batch that has fewer rows than those before it."""

from __future__ import annotations

import re
from itertools import combinations

from harness.model import Fault, SmallerBatch, StatementDone
from harness.rules._evidence import Evidence

_NUMBER = re.compile(r"\d+")
_SIZES = re.compile(r"shape|dimension|size|elements|values|broadcast", re.IGNORECASE)


def smaller_batch(evidence: Evidence, fault: Fault) -> SmallerBatch | None:
    """The batch because of which a loop or a ``fit`` failed, by the sizes that the exception names."""
    batches = [event for event in evidence.of(SmallerBatch) if event.seq < fault.seq]
    if not batches or batches[-1].line is None:
        return None
    last, first = batches[-1], batches[-1].line
    later = [one for one in evidence.of(Fault) if last.seq < one.seq < fault.seq]
    over = any(last.seq < done.seq < fault.seq for done in evidence.of(StatementDone))
    inside = any(first <= line <= last.end_line for line in fault.lines)
    return last if inside and not over and not later and _is_about_rows(fault, last) else None


def _is_about_rows(fault: Fault, batch: SmallerBatch) -> bool:
    """Whether an exception names two sizes that are as far apart as the rows, or as numbers in so many rows.

    Two batches of 64 rows may stand against one of 64 and one of 32.
    """
    sizes = sorted({int(number) for number in _NUMBER.findall(fault.message)})
    apart = {more - less for less, more in combinations(sizes, 2)}
    missing = batch.before - batch.rows
    return bool(_SIZES.search(fault.message)) and any(gap % missing == 0 for gap in apart)
