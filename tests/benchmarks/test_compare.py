"""What counts as a change, and what is only noise or the machine."""

from __future__ import annotations

from typing import Any

import pytest

from harness.measure.throughput.compare import Verdict, compare, regressed
from harness.measure.throughput.numbers import differ, spread
from tests.benchmarks.samples import QUIET, document, program, variant

WILD = (1.0, 1.3, 0.8, 1.2, 0.7, 1.1, 0.9)


def judged(old: dict[str, Any], new: dict[str, Any]) -> tuple[Verdict, bool]:
    changes = compare(document(old), document(new))
    (change,) = changes
    return change.verdict, regressed(changes)


def test_the_same_is_no_change() -> None:
    assert judged(program(), program()) == (Verdict.SAME, False)


def test_a_slower_program_is_a_regression() -> None:
    assert judged(program(step=0.004), program(step=0.005)) == (Verdict.SLOWER, True)


def test_a_faster_program_is_none() -> None:
    assert judged(program(step=0.005), program(step=0.004)) == (Verdict.FASTER, False)


def test_a_difference_within_the_rounds_own_noise_is_none() -> None:
    noisy = program(corrected=variant(100, 0.0046, WILD))
    assert judged(program(), noisy) == (Verdict.SAME, False)


def test_a_difference_of_a_few_percent_is_none_however_sure() -> None:
    assert judged(program(step=0.004), program(step=0.00415)) == (Verdict.SAME, False)


def test_a_machine_that_is_slower_makes_no_regression() -> None:
    slower = program(step=0.006, reference=variant(100, 0.0057))
    assert judged(program(), slower) == (Verdict.MACHINE, False)


def test_a_few_rounds_settle_nothing_and_the_report_says_so() -> None:
    few, slower = (program(corrected=variant(100, step, QUIET[:3])) for step in (0.006, 0.0072))
    assert judged(few, slower) == (Verdict.UNSETTLED, False)
    (change,) = compare(document(few), document(slower))
    assert str(change).endswith(
        "not settled: 16,667 -> 13,889 images/s, -17% (p = 0.1, noise 5%)"
        "; a change needs p below 0.01: measure both again, with nothing else running"
    )


def test_without_a_reference_the_clock_decides() -> None:
    old, new = (program(step=step, reference="it failed") for step in (0.004, 0.006))
    assert judged(old, new) == (Verdict.SLOWER, True)


def test_a_program_that_fails_now_is_a_regression() -> None:
    broken = program(corrected="ValueError: no")
    assert judged(program(), broken) == (Verdict.BROKEN, True)
    assert judged(broken, program()) == (Verdict.NEW, False)
    assert judged(broken, broken) == (Verdict.NEW, False)


def test_what_was_not_asked_for_now_is_not_compared() -> None:
    old = document(program(), program("two"), program(batch=8))
    changes = compare(old, document(program(), program("three")))
    assert [(change.slug, change.verdict) for change in changes] == [
        ("one", Verdict.SAME),
        ("three", Verdict.NEW),
    ]


def test_a_change_in_words() -> None:
    (change,) = compare(document(program(step=0.004)), document(program(step=0.005)))
    assert str(change) == (
        "one on tensorflow, cpu, batch 100: slower: 25,000 -> 20,000 images/s, -20% (p = 0.0021, noise 5%)"
    )
    (change,) = compare(document(program()), document(program(corrected="ValueError: no")))
    assert str(change) == "one on tensorflow, cpu, batch 100: fails now: ValueError: no"


def test_medians_quartiles_and_ranks() -> None:
    found = spread([4.0, 1.0, 3.0, 2.0, 5.0])
    assert (found.median, found.iqr) == (3.0, 2.0)
    assert found.noise == pytest.approx(2 / 3)
    # Seven against seven, all below: twice 1 of 3432 orders.
    assert differ(range(7), range(10, 17)) == pytest.approx(2 / 3432)
    assert differ([1.0, 2.0, 3.0], [1.5, 2.5, 0.5]) > 0.5
