"""The errata of the articles we keep: read them, apply them, undo them one by one."""

from __future__ import annotations

from harness.errata.apply import Step, apply, mutant, step, steps
from harness.errata.catalogue import Edit, ErrataError, Erratum, Symptom, load, parse
from harness.errata.expected import Expected, expected_faults
from harness.errata.folder import check_article, check_fixed, write_fixed
from harness.errata.symptoms import symptom_occurs

__all__ = [
    "Edit",
    "ErrataError",
    "Erratum",
    "Expected",
    "Step",
    "Symptom",
    "apply",
    "check_article",
    "check_fixed",
    "expected_faults",
    "load",
    "mutant",
    "parse",
    "step",
    "steps",
    "symptom_occurs",
    "write_fixed",
]
