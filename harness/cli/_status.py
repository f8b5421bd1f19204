"""The exit statuses of ``errata``, and what reviews come to."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from harness.model import Review, Verdict
from harness.report import NEVER, failing


class Status(IntEnum):
    """Exit statuses, worst last."""

    CLEAN = 0
    FINDINGS = 1
    BAD_INPUT = 2
    HARNESS = 3
    INTERRUPTED = 130


def of_reviews(reviews: Sequence[Review], fail_on: str, *, bad_input: bool) -> Status:
    if any(review.verdict is Verdict.HARNESS_ERROR for review in reviews):
        return Status.HARNESS
    if bad_input:
        return Status.BAD_INPUT
    if fail_on == NEVER:
        return Status.CLEAN
    fails = failing(fail_on)
    found = any(finding.severity in fails for review in reviews for finding in review.findings)
    incomplete = any(review.verdict is Verdict.INCOMPLETE for review in reviews)
    return Status.FINDINGS if found or incomplete else Status.CLEAN
