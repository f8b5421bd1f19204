"""Targets whose number of axes changes from one training call of a model to the next."""

from __future__ import annotations

import pytest

from harness.model import ArraySummary
from tests.rules._networks import dense
from tests.rules._traces import array, call, evidence, fault, matches, model

SOURCE = """\
d.train_on_batch(real, [valid, classes])
d.train_on_batch(fakes, [fake, drawn])
"""
UNKNOWN = "Cannot take the length of shape with unknown rank."
FED = array(16, 4)


def told(
    rule: str, first: ArraySummary, second: ArraySummary, *, fed: ArraySummary = FED, message: str = UNKNOWN
) -> list[tuple[int, str]]:
    valid = array(16, 1)
    known = evidence(
        SOURCE,
        model(0, "d", dense(1), inputs=((None, 4),)),
        call("train_on_batch", 0, line=1, inputs=(FED,), targets=(valid, first)),
        call("train_on_batch", 0, line=2, inputs=(fed,), targets=(valid, second), error="ValueError"),
        fault("ValueError", message, line=2),
    )
    return [(match.line, match.message) for match in matches(rule, known)]


def test_other_axes_than_before_are_told() -> None:
    ((line, message),) = told("target-axes-vary", array(16), array(16, 1))
    assert line == 2
    assert message.startswith("`drawn` is of shape (16, 1), and line 1 gave `d` targets of shape (16,): ")
    assert told("input-shape-mismatch", array(16), array(16, 1)) == [], "the inputs are right"


@pytest.mark.parametrize(("first", "second"), [(array(16, 1), array(16, 1)), (array(16, 1), array(8, 3))])
def test_targets_of_as_many_axes_are_something_else(first: ArraySummary, second: ArraySummary) -> None:
    assert told("target-axes-vary", first, second) == []


def test_another_failure_is_none_of_it() -> None:
    assert told("target-axes-vary", array(16), array(16, 1), message="Dimensions must be equal") == []


@pytest.mark.parametrize("fed", [array(16, 2, 2), array(16, 5)])
def test_inputs_that_do_not_suit_are_told(fed: ArraySummary) -> None:
    assert [line for line, _ in told("input-shape-mismatch", array(16), array(16), fed=fed)] == [2]
