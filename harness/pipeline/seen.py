"""A review held against what was expected of it, and shared out among the blocks of its article."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.errata import Expected
from harness.model import Block, Fault, Finding, Listing, Review, StatementDone, Trace


@dataclass(frozen=True)
class Seen:
    """A review with what it was judged by, and what was expected of it."""

    review: Review
    trace: Trace | None
    listing: Listing
    expected: tuple[Expected, ...]

    def unexpected(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that nobody has declared."""
        declared = {id(one) for wanted in self.expected for one in wanted.among(self.review.findings)}
        return [one for one in findings if id(one) not in declared]

    def stopped_by(self, block: Block) -> list[Finding]:
        """The findings about statements of a block that could not run."""
        broken = [range(one.line, one.end_line + 1) for one in self.listing.broken]
        faults = [one for one in (self.trace.events if self.trace else ()) if isinstance(one, Fault)]
        broken += [range(one.line, max(one.line, one.end_line) + 1) for one in faults if one.line is not None]
        lines = {line for span in broken for line in span}
        return [
            one
            for one in self.review.findings
            if block.line <= one.line <= block.end_line
            and not lines.isdisjoint(range(one.line, max(one.line, one.end_line) + 1))
        ]

    def statuses(self, block: Block) -> set[str]:
        """How the statements of a block ended."""
        done = (one for one in (self.trace.events if self.trace else ()) if isinstance(one, StatementDone))
        return {one.status for one in done if one.line and block.line <= one.line <= block.end_line}
