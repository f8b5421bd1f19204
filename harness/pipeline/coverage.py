"""How much of an article was run: counted, by lines, and what of its training was not seen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from harness.model import Call, Coverage, Ended, Fault, Finding, Listing, Severity, StatementDone, Trace
from harness.pipeline.places import cell
from harness.rules._evidence import Evidence
from harness.rules._program import MethodCall, called, reachable_training

RAN = ("ok", "cut")  # of the statuses in StatementDone
_TRAINING = re.compile(r"([\w.]*\w)\.(fit|fit_generator|train_on_batch|apply_gradients|minimize)\s*\(")
_METHODS = frozenset({"fit", "fit_generator", "train_on_batch"})
_MOST_NAMED = 3
_LONGEST = 100_000  # lines of one statement


def coverage(listing: Listing, trace: Trace | None) -> Coverage:
    """Statements, how many of them ran, the updates watched, and the lines that did not run to their end.

    What no parser accepts is a statement too: one that cannot run.
    """
    broken = len(listing.broken)
    if trace is None:
        return Coverage(broken, 0, 0, _not_run(listing, trace))
    for event in reversed(trace.events):
        if isinstance(event, Ended):
            statements, executed, updates = event.statements, event.executed, event.updates
            break
    else:
        done = [event for event in trace.events if isinstance(event, StatementDone)]
        statements = len(Evidence(listing).tree.body)
        executed = sum(event.status in RAN for event in done)
        updates = sum(event.updates for event in trace.events if isinstance(event, Call))
    return Coverage(statements + broken, executed, updates, _not_run(listing, trace))


def unseen_training(
    listing: Listing, trace: Trace | None, seen: Coverage, findings: Sequence[Finding]
) -> str | None:
    """A note that training stands in the article and did not run; None where there is no such thing.

    Meant is what a fault or the end of the run kept from running, not what the program itself leaves out.
    The note says what to do about it, which depends on what the ``findings`` are.
    """
    missed = sorted({*_missed(listing, trace, frozenset(seen.not_run)), *_broken(listing)})
    if not missed:
        return None
    named = [f"`{what}` ({_place(listing, line)})" for line, what in missed[:_MOST_NAMED]]
    more = len(missed) - len(named)
    listed = ", ".join(named) + (f" and {more} more" if more else "")
    trained = trace is not None and any(
        isinstance(event, Call) and event.trains and event.error is None and event.updates
        for event in trace.events
    )
    if trained:
        return f"Of the training {listed} did not run: what it would have shown is unknown."
    if seen.updates:
        return f"Of the training {listed} did not run to its end: what it would have shown is unknown."
    return (
        f"No training ran: {listed} could not. What it would have shown is unknown: which weights it moves, "
        "on which data and towards which labels, and whether anything is learned."
        f"{_next_step(listing, trace, seen, findings)}"
    )


def _next_step(listing: Listing, trace: Trace | None, seen: Coverage, findings: Sequence[Finding]) -> str:
    """What to do so that the training runs: see to the worst of what kept lines from running.

    Where no finding did, the run was ended, and the reason of the verdict says by what.  A note keeps
    nothing from running unless something failed where it is: an unused import is a note too.
    """
    missed, failed = set(seen.not_run), set(_failed(trace))

    def kept(found: Finding) -> bool:
        own = {*range(found.line, max(found.line, found.end_line) + 1)}
        where = failed if found.severity is Severity.NOTE else missed
        return bool(own & where or missed & set(found.consequences))

    causes = [found for found in findings if kept(found)]
    worst = next((level for level in Severity if any(one.severity is level for one in causes)), None)
    if worst is None:
        return ""
    lines = sorted({found.line for found in causes if found.severity is worst})
    named = ", ".join(_place(listing, line) for line in lines[:_MOST_NAMED])
    more = f" and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
    some = worst.value if len(lines) == 1 else f"{worst.value}s"
    what = f"See to the {some}" if worst is Severity.NOTE else f"Mend the {some}"
    return f" {what} at {named}{more} and review the article again."


def _failed(trace: Trace | None) -> Iterator[int]:
    """The lines at which something was tried and failed."""
    for event in trace.events if trace is not None else ():
        if isinstance(event, Fault):
            stopped = not event.repaired
        elif isinstance(event, StatementDone):
            stopped = event.status == "failed"
        else:
            continue
        if stopped and event.line is not None:
            # The lines of a trace are a claim: one statement is no longer than any article.
            yield from range(event.line, min(event.end_line, event.line + _LONGEST) + 1)


def _place(listing: Listing, line: int) -> str:
    inside = cell(listing.article, line)
    return f"line {line}, {inside}" if inside else f"line {line}"


def _not_run(listing: Listing, trace: Trace | None) -> tuple[int, ...]:
    lines = {n for place in listing.broken for n in range(place.line, place.end_line + 1)}
    if trace is not None:
        text = ["", *listing.text.split("\n")]
        for first, last in _stopped(listing, trace):
            # A trace is a claim: its lines may lie anywhere.
            lines |= {n for n in range(max(first, 1), min(last + 1, len(text))) if text[n].strip()}
    return tuple(sorted(lines))


def _stopped(listing: Listing, trace: Trace) -> Iterator[tuple[int, int]]:
    """First and last lines of what failed, was left, or was never begun."""
    status = {event.index: event.status for event in trace.events if isinstance(event, StatementDone)}
    for index, node in enumerate(Evidence(listing).tree.body):
        if status.get(index) not in RAN:
            yield node.lineno, node.end_lineno or node.lineno
    for event in trace.events:
        # Inside a statement that ran all the same: cut out of the working copy.
        if isinstance(event, Fault) and not event.repaired and event.line is not None:
            yield event.line, event.end_line


def _missed(listing: Listing, trace: Trace | None, lines: frozenset[int]) -> Iterator[tuple[int, str]]:
    """Training calls on these lines, or in a function that is called on these lines only."""
    if trace is None or not lines:
        return
    evidence = Evidence(listing, trace)
    done = [event for event in evidence.training if event.error is None and event.updates]
    trained = {event.line for event in done}
    by_hand = any(event.api in {"function", "apply"} for event in done)
    for site in reachable_training(evidence):
        own = set(range(site.line, site.end_line + 1))
        # Steps written by hand are recorded where their function is called.
        ran = own & trained or (by_hand and site.method not in _METHODS)
        if not ran and (own & lines or _only_called_on(evidence, site, lines)):
            yield site.line, f"{site.receiver}.{site.method}"


def _only_called_on(evidence: Evidence, site: MethodCall, lines: frozenset[int]) -> bool:
    calls = [
        node.lineno
        for node in evidence.nodes
        if isinstance(node, ast.Call) and site.function is not None and called(node) == site.function
    ]
    return bool(calls) and set(calls) <= lines


def _broken(listing: Listing) -> Iterator[tuple[int, str]]:
    """Training calls in what no parser accepts."""
    for place in listing.broken:
        for number, line in enumerate(place.source.split("\n"), start=place.line):
            for found in _TRAINING.finditer(line.split("#")[0]):
                yield number, f"{found[1]}.{found[2]}"
