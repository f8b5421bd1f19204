"""Evidence to findings: applies the rules, drops echoes, folds consequences under their causes."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.depth import room_for
from harness.model import Fault, Finding
from harness.rules import Rule, load
from harness.rules._evidence import Evidence, Match
from harness.rules._guard import Guard

Apply = Callable[[Rule, Evidence], Iterable[Match]]


@dataclass(frozen=True)
class Judgement:
    """Findings, and the rules that have none to give: by name what they raised, or that time was spent."""

    findings: tuple[Finding, ...]
    failures: Mapping[str, str]
    late: tuple[str, ...]


def judgement(evidence: Evidence, seconds: float) -> Judgement:
    """The findings of all rules but those that fail or that are not done in so many seconds together."""
    guard = Guard(seconds)
    with room_for(evidence.tree):
        findings = _judged(evidence, load(), guard.apply)
    return Judgement(findings, guard.failures, tuple(guard.late))


def judge(evidence: Evidence, rules: Sequence[Rule] | None = None) -> tuple[Finding, ...]:
    """All findings, by line, the cause before its consequences.

    ``rules`` defaults to every rule there is.  A rule that needs a trace is silent without one.
    Raises what a rule raises.
    """
    with room_for(evidence.tree):
        return _judged(evidence, load() if rules is None else tuple(rules), lambda rule, on: rule.find(on))


def _judged(evidence: Evidence, chosen: Sequence[Rule], apply: Apply) -> tuple[Finding, ...]:
    usable = [rule for rule in chosen if rule.needs == "source" or evidence.trace is not None]
    hits = [(rule, match) for rule in usable if not rule.fallback for match in apply(rule, evidence)]
    # An echo is dropped, but the faults that it accounts for are accounted for.
    explained = frozenset(seq for _, match in hits for seq in match.explains)
    hits = _without_echoes(hits)
    rest = evidence.explaining(explained)
    hits += [(rule, match) for rule in usable if rule.fallback for match in apply(rule, rest)]
    follows = _consequences(evidence)
    findings = _once_for_each_maker(evidence, [_finding(evidence, r, match, follows) for r, match in hits])
    return tuple(sorted(_merged(findings), key=lambda f: (f.line, f.end_line, f.rule, f.message)))


def _without_echoes(hits: list[tuple[Rule, Match]]) -> list[tuple[Rule, Match]]:
    """Drop matches whose rule is an echo of another that fired about the same model."""
    about = defaultdict(list)
    for rule, match in hits:
        about[rule.name].append(match.evidence.get("model"))

    def echo(rule: Rule, match: Match) -> bool:
        own = match.evidence.get("model")
        louder = rule.echo_of if match.echo_of is None else match.echo_of
        return any(own is None or other is None or own == other for name in louder for other in about[name])

    return [(rule, match) for rule, match in hits if not echo(rule, match)]


def _once_for_each_maker(evidence: Evidence, findings: Sequence[Finding]) -> list[Finding]:
    """Of findings of one rule at one line, the first where their models were made by one statement.

    A function that builds a model for every fold has its mistake once, not once for every fold.
    """
    seen: set[tuple[object, ...]] = set()
    kept: list[Finding] = []
    for finding in findings:
        model = evidence.models.get(finding.evidence.get("model", -1))
        if model is not None and model.created_line is not None:
            kinds = tuple(layer.kind for layer in model.layers)
            key = (finding.rule, finding.severity, finding.line, model.created_line, kinds)
            if key in seen:
                continue
            seen.add(key)
        kept.append(finding)
    return kept


def _consequences(evidence: Evidence) -> dict[int, tuple[Fault, ...]]:
    """For every fault that follows from no other: itself, then the failures that follow from it."""
    faults = {fault.seq: fault for fault in evidence.of(Fault)}
    following: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults.values():
        root = fault
        # A worker's claim may be circular; each step must go back in time.
        while root.follows is not None and root.follows in faults and root.follows < root.seq:
            root = faults[root.follows]
        following[root.seq].append(fault)
    return {seq: tuple(found) for seq, found in following.items()}


def _finding(evidence: Evidence, rule: Rule, match: Match, follows: Mapping[int, Sequence[Fault]]) -> Finding:
    block = evidence.block_at(match.line)
    end = match.end_line or match.line
    return Finding(
        rule=rule.name,
        severity=match.severity or rule.severity,
        line=match.line,
        end_line=end,
        block=block.index if block else None,
        message=match.message,
        evidence=match.evidence,
        fix=match.fix,
        consequences=tuple(sorted(_failing(evidence, match, follows) - set(range(match.line, end + 1)))),
    )


def _failing(evidence: Evidence, match: Match, follows: Mapping[int, Sequence[Fault]]) -> set[int]:
    """The lines that fail because of a match.

    A mistake need not fail where it is made: a network of the wrong shape is built without complaint,
    and the call that is fed by it fails.  Then that call is a line that cannot run, like those that
    follow from it; where the mistake is a part of the failing statement itself, it is none.
    """
    own = range(match.line, (match.end_line or match.line) + 1)
    found: set[int] = set()
    for seq in match.explains:
        for fault in follows.get(seq, ()):
            if fault.line is None:
                continue
            if fault.seq == seq and _overlap(own, _extent(evidence, fault.line)):
                continue
            found.add(fault.line)
    return found


def _extent(evidence: Evidence, line: int) -> range:
    """The lines of the innermost statement at a line, without the statements inside it."""
    extent = range(line, line + 1)
    for node in evidence.nodes:  # from the outside to the inside
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            body: list[ast.stmt] = getattr(node, "body", [])
            end = body[0].lineno - 1 if body else node.end_lineno or node.lineno
            extent = range(node.lineno, max(end, node.lineno) + 1)
    return extent


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per rule, place and message; consequences are united."""
    merged: dict[tuple[str, int, str], Finding] = {}
    for finding in findings:
        key = (finding.rule, finding.line, finding.message)
        known = merged.get(key)
        if known is not None:
            finding = replace(known, consequences=tuple(sorted({*known.consequences, *finding.consequences})))
        merged[key] = finding
    return list(merged.values())
