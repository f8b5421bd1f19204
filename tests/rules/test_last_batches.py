"""Faults of a smaller last batch, with the events of such a run."""

from __future__ import annotations

import pytest

from harness.model import SmallerBatch, StatementDone
from harness.rules._evidence import Evidence
from tests.rules._traces import evidence, fault, matches

RULE = "last-batch-smaller"
SOURCE = """\
data = Dataset.from_tensor_slices(x).{batch}
for images in {given}:
    loss = bce(real, d(images))
"""
MESSAGE = "Incompatible shapes: [32,1] vs. [8,1]"


def held(
    message: str = MESSAGE,
    *,
    batch: str = "batch(32)",
    given: str = "data",
    line: int = 3,
    done: bool = False,
) -> Evidence:
    smaller = SmallerBatch(seq=0, line=2, end_line=3, rows=8, before=32)
    over = StatementDone(seq=0, line=2, index=1, end_line=3, status="ok")
    failed = fault("ValueError", message, line=line)
    return evidence(SOURCE.format(batch=batch, given=given), smaller, *((over,) if done else ()), failed)


@pytest.mark.parametrize(
    ("batch", "given"),
    [
        ("batch(32)", "data"),
        ("shuffle(9).batch(32, drop_remainder=False).prefetch(1)", "data"),
        ("batch(32)", "enumerate(data)"),
        ("batch(32)", "somewhere.else_()"),  # the only step of its kind
    ],
)
def test_the_step_that_cuts_the_batches_is_marked(batch: str, given: str) -> None:
    (match,) = matches(RULE, held(batch=batch, given=given))
    assert match.line == 1
    assert match.evidence == {"rows": 8, "before": 32, "fails_at": 3}
    assert match.explains == (1,)


def test_a_fit_of_arrays_has_no_such_step() -> None:
    text = "data = Dataset.from_tensor_slices(x).batch(32)\n\nmodel.fit(x, batch_size=32)\n"
    smaller = SmallerBatch(seq=0, line=3, end_line=3, rows=8, before=32)
    (match,) = matches(RULE, evidence(text, smaller, fault("ValueError", MESSAGE, line=3)))
    assert match.line == 3
    assert match.message.endswith("Take the number of rows from the batch, by `tf.shape(batch)[0]`.")
    (match,) = matches(RULE, evidence(text.replace("x, b", "data, b"), smaller, fault("E", MESSAGE, line=3)))
    assert match.line == 1


@pytest.mark.parametrize(
    "message",
    ["Shapes (64, 1) and (40, 1) must match", "reshape: 3200 values, but requested shape has 3104"],
)
def test_rows_that_are_missing_somewhere_are_the_batch_s(message: str) -> None:
    """Of two batches that were joined one is smaller; and a batch may be flattened."""
    assert len(matches(RULE, held(message))) == 1


def test_without_such_a_step_the_fault_is_marked() -> None:
    (match,) = matches(RULE, held(batch="batch(32, drop_remainder=True)"))
    assert match.line == 3


@pytest.mark.parametrize(
    "other",
    [
        held("Incompatible shapes: [32,1] vs. [32,3]"),  # has nothing to do with the rows
        held("name 'x' is not defined"),
        held(line=1),  # not in the loop
        held(done=True),  # after it
    ],
)
def test_other_faults_are_left_alone(other: Evidence) -> None:
    assert matches(RULE, other) == []


def test_what_is_known_of_a_smaller_batch_is_said_once() -> None:
    message = (
        "`target` and `output` must have the same shape. Received: target.shape=(32, 1), output.shape=(8, 1)"
    )
    assert len(matches(RULE, held(message))) == 1
    assert matches("target-shape-mismatch", held(message)) == []
    plain = evidence(SOURCE.format(batch="batch(32)", given="data"), fault("ValueError", message, line=3))
    assert len(matches("target-shape-mismatch", plain)) == 1
    expected = "Expected shape (32, 4), but input has incompatible shape (8, 4)"
    assert matches("input-shape-mismatch", held(expected)) == []
