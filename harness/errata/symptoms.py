"""Does a review show an erratum's symptom, at its lines?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.errata.apply import Step
from harness.errata.catalogue import Erratum, Symptom
from harness.model import Finding


@dataclass(frozen=True)
class Shown:
    """Whether a symptom occurred; ``finding`` shows it, ``reason`` says what was seen instead."""

    occurs: bool
    reason: str
    finding: Finding | None = None

    def __bool__(self) -> bool:
        return self.occurs


def symptom_occurs(
    symptom: Symptom,
    findings: Sequence[Finding],
    *,
    erratum: Erratum | None = None,
    at: Step | None = None,
) -> Shown:
    """Look for a symptom among the findings of a review.

    With ``erratum`` and ``at`` (the text that was reviewed) only findings on the erratum's article
    lines count, as the ladder demands; without, the place does not matter, as for a mutant.
    """
    alike = [finding for finding in findings if _fits(symptom, finding)]
    for finding in alike:
        if erratum is None or at is None or _there(erratum, at, finding):
            return Shown(True, f"{finding.rule} at line {finding.line}", finding)
    if alike and erratum is not None and at is not None:
        seen = ", ".join(_span(at.article_lines(f.line, f.end_line)) for f in alike)
        named = ", ".join(map(str, erratum.lines))
        return Shown(False, f"{symptom.by} was found at article line {seen}, expected at {named}")
    seen = ", ".join(dict.fromkeys(finding.rule for finding in findings)) or "nothing"
    return Shown(False, f"{symptom.by} was not found; the review found {seen}")


def _fits(symptom: Symptom, finding: Finding) -> bool:
    if symptom.rule is None and symptom.exception is None:
        return False
    if symptom.rule is not None and finding.rule != symptom.rule:
        return False
    words = f"{finding.message}\n" + "\n".join(f"{key}: {value}" for key, value in finding.evidence.items())
    if symptom.rule is None and symptom.exception is not None and symptom.exception not in words:
        return False
    patterns = (symptom.evidence, symptom.message if symptom.rule is None else None)
    return all(re.search(pattern, words) for pattern in patterns if pattern)


def _there(erratum: Erratum, at: Step, finding: Finding) -> bool:
    return not set(at.article_lines(finding.line, finding.end_line)).isdisjoint(erratum.lines)


def _span(lines: range) -> str:
    return f"{lines[0]}-{lines[-1]}" if len(lines) > 1 else str(lines[0])
