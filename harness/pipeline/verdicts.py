"""The verdict of a review: what its findings, and all that was not seen, come to."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model import Article, Finding, Severity, StatementDone, Trace, Verdict
from harness.pipeline.coverage import RAN
from harness.pipeline.failed import own_faults
from harness.pipeline.notes import left_for_time
from harness.pipeline.places import place
from harness.rules._evidence import Evidence
from harness.rules._judge import Judgement
from harness.rules.unused_import import wholly_unused

#: For all rules together; most articles take a hundredth of a second.
JUDGING_SECONDS = 60.0


def unjudged(judged: Judgement) -> tuple[Verdict, str] | None:
    """The verdict where not every rule could be applied; what the others found stands beside it."""
    if judged.failures:
        return Verdict.HARNESS_ERROR, own_faults(judged.failures)
    if judged.late:
        return Verdict.INCOMPLETE, (
            f"judging it took more than {JUDGING_SECONDS:g} s: the rule {judged.late[0]} was left, and "
            f"{len(judged.late)} rules in all have nothing to say"
        )
    return None


def verdict_of(
    judged: Judgement,
    article: Article,
    trace: Trace | None,
    findings: Sequence[Finding],
    evidence: Evidence,
) -> tuple[Verdict, str | None]:
    """The verdict, and the reason where it is not decided by the findings alone."""
    if less := unjudged(judged):
        return less
    if trace is None:
        return _judged(findings), None
    if not trace.completed:
        if not trace.events and trace.outcome.killed is None:
            tail = trace.outcome.stderr.decode(errors="replace").strip().splitlines()[-1:]
            said = f": {tail[0]}" if tail else ""
            return Verdict.HARNESS_ERROR, f"the worker did not start ({trace.reason}{said})"
        return Verdict.INCOMPLETE, trace.reason
    verdict = _judged(findings)
    missed = [
        event
        for event in trace.events
        if isinstance(event, StatementDone) and event.status not in RAN and not _for_nothing(evidence, event)
    ]
    if left := left_for_time(trace):
        return (
            Verdict.INCOMPLETE,
            f"the statement at {place(article, left[0].line)} was left because the time for the run was "
            "nearly spent",
        )
    if verdict is Verdict.CLEAN and missed:
        return (
            Verdict.INCOMPLETE,
            f"the statement at {place(article, missed[0].line)} could not run, so what depends on it was "
            "not seen",
        )
    return verdict, None


def _for_nothing(evidence: Evidence, event: StatementDone) -> bool:
    """Whether a statement that could not run imports a package that nothing in the program uses."""
    return any(fault.statement == event.index and wholly_unused(evidence, fault) for fault in evidence.faults)


def _judged(findings: Sequence[Finding]) -> Verdict:
    """Notes speak of style and waste: they alone make no article faulty."""
    bad = any(finding.severity is not Severity.NOTE for finding in findings)
    return Verdict.FAULTY if bad else Verdict.CLEAN
