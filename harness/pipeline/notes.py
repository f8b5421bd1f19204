"""What a reader must know of how an article was run."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model import (
    Call,
    Coverage,
    DataLoaded,
    Finding,
    Listing,
    LoopLeft,
    Spent,
    StatementDone,
    StoodIn,
    Trace,
)
from harness.pipeline.coverage import unseen_training
from harness.pipeline.places import place


def left_for_time(trace: Trace) -> list[StatementDone]:
    """The statements that were left because the time for the run was nearly spent."""
    return [event for event in trace.events if isinstance(event, StatementDone) and event.status == "timeout"]


_WHY_LEFT = {
    Spent.UPDATES: "which is the update budget",
    Spent.TIME: "which is the time budget",
    Spent.ROUNDS: "since a statement in it cannot run",
}


_LAST = "; after that its last iteration was run."


def notes(
    listing: Listing, trace: Trace | None, findings: Sequence[Finding], seen: Coverage
) -> tuple[str, ...]:
    """What a reader must know of how the article was run."""

    def at(line: int | None) -> str:
        return place(listing.article, line)

    reported = {finding.rule for finding in findings}
    told = [note] if (note := unseen_training(listing, trace, seen, findings)) else []
    told += [
        f"{at(notice.line) if notice.block else f'line {notice.line}'}: {notice.message}"
        for notice in listing.notices
        if notice.rule not in reported
    ]
    if trace is None:
        return tuple(told)
    for event in trace.events:
        if isinstance(event, LoopLeft):
            made = _counted(event.updates, "training update")
            if event.compilations:
                made += f", {_counted(event.compilations, 'compilation')}"
            told.append(
                f"The loop at {at(event.line)} was left after {_counted(event.iterations, 'iteration')} "
                f"({made}), {_WHY_LEFT[event.spent]}{_LAST if event.last else '.'}"
            )
        elif isinstance(event, StoodIn):
            told.append(
                f"`{event.package}` is not installed here: something that shows nothing took its place."
            )
        elif isinstance(event, DataLoaded) and event.made_up:
            told.append(
                f"The article's {event.name} is made up, in the documented shapes and ranges: what is "
                "learned from it says nothing about the real data."
            )
        elif isinstance(event, DataLoaded) and event.repeated_from is not None:
            told.append(
                f"The article's {event.name} is {event.repeated_from} different images, "
                "repeated to the documented size."
            )
        elif isinstance(event, Call) and event.reduced:
            told.append(
                f"The call at {at(event.line)} ran on fewer rows than the article feeds, to fit the budget."
            )
        elif isinstance(event, Call) and event.cut and not event.trains:
            told.append(
                f"The `{event.api}` at {at(event.line)} went through a part of its examples only, since it "
                "took long."
            )
        elif isinstance(event, Call) and event.cut:
            whole = f" of its {event.planned * event.count}" if event.planned else ""
            told.append(
                f"The training at {at(event.line)} was ended after {event.updates}{whole} updates, "
                f"{_WHY_LEFT[Spent.TIME if event.late else Spent.UPDATES]}."
            )
    # The first of these is the reason of the verdict, where the run came to its end.
    told += [
        f"The statement at {at(event.line)} was left: the time for the run was nearly spent."
        for event in left_for_time(trace)[int(trace.completed) :]
    ]
    return tuple(dict.fromkeys(told))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
