"""Evidence to findings: runs the rules, drops echoes, folds consequences under their causes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.model import Fault, Finding
from harness.rules import Rule, load
from harness.rules._evidence import Evidence, Match


def judge(evidence: Evidence, rules: Sequence[Rule] | None = None) -> tuple[Finding, ...]:
    """All findings, by line, the cause before its consequences.

    ``rules`` defaults to every rule there is.  A rule that needs a trace is silent without one.
    """
    chosen = load() if rules is None else tuple(rules)
    usable = [rule for rule in chosen if rule.needs == "source" or evidence.trace is not None]
    hits = [(rule, match) for rule in usable if not rule.fallback for match in rule.find(evidence)]
    # An echo is dropped, but the faults that it accounts for are accounted for.
    explained = frozenset(seq for _, match in hits for seq in match.explains)
    hits = _without_echoes(hits)
    rest = replace(evidence, explained=evidence.explained | explained)
    hits += [(rule, match) for rule in usable if rule.fallback for match in rule.find(rest)]
    follows = _consequences(evidence)
    findings = [_finding(evidence, rule, match, follows) for rule, match in hits]
    return tuple(sorted(_merged(findings), key=lambda f: (f.line, f.end_line, f.rule, f.message)))


def _without_echoes(hits: list[tuple[Rule, Match]]) -> list[tuple[Rule, Match]]:
    """Drop matches whose rule is an echo of another that fired about the same model."""
    about = defaultdict(list)
    for rule, match in hits:
        about[rule.name].append(match.evidence.get("model"))

    def echo(rule: Rule, match: Match) -> bool:
        own = match.evidence.get("model")
        return any(
            own is None or other is None or own == other for name in rule.echo_of for other in about[name]
        )

    return [(rule, match) for rule, match in hits if not echo(rule, match)]


def _consequences(evidence: Evidence) -> dict[int, tuple[int, ...]]:
    """For every fault the article lines of the failures that follow from it."""
    faults = {fault.seq: fault for fault in evidence.of(Fault)}
    lines: dict[int, set[int]] = defaultdict(set)
    for fault in faults.values():
        root = fault
        # A worker's claim may be circular; each step must go back in time.
        while root.follows is not None and root.follows in faults and root.follows < root.seq:
            root = faults[root.follows]
        if root is not fault and fault.line is not None:
            lines[root.seq].add(fault.line)
    return {seq: tuple(sorted(found)) for seq, found in lines.items()}


def _finding(evidence: Evidence, rule: Rule, match: Match, follows: dict[int, tuple[int, ...]]) -> Finding:
    block = evidence.block_at(match.line)
    lines = {line for seq in match.explains for line in follows.get(seq, ())} - {match.line}
    return Finding(
        rule=rule.name,
        severity=match.severity or rule.severity,
        line=match.line,
        end_line=match.end_line or match.line,
        block=block.index if block else None,
        message=match.message,
        evidence=match.evidence,
        fix=match.fix,
        consequences=tuple(sorted(lines)),
    )


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
