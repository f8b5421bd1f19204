"""A gradient that is None: one finding at what cuts it, wherever it fails first."""

from __future__ import annotations

import pytest

from harness.rules import get
from harness.rules._judge import judge
from tests.rules._traces import evidence, fault

PROGRAM = """\
fake = generator(noise)
with tf.GradientTape() as tape:
    loss = entropy(ones, discriminator(fake))
grads = tape.gradient(loss, generator.trainable_variables)
grads = [tf.clip_by_norm(g, 1.0) for g in grads]
optimizer.apply_gradients(zip(grads, generator.trainable_variables))
"""
NONE = "Attempt to convert a value (None) with an unsupported type (<class 'NoneType'>) to a Tensor."


def lines(clipped: str, source: str) -> list[tuple[str, int]]:
    faults = (
        fault("ValueError", clipped, line=5, source=source),
        fault(
            "ValueError", "No gradients provided for any variable.", line=6, source=PROGRAM.splitlines()[5]
        ),
    )
    rules = [get("gradient-cut"), get("uncaught-exception")]
    return [(f.rule, f.line) for f in judge(evidence(PROGRAM, *faults), rules)]


def test_what_is_done_to_a_gradient_before_its_use_fails_for_the_same_cause() -> None:
    assert lines(NONE, PROGRAM.splitlines()[4]) == [("gradient-cut", 1)]


@pytest.mark.parametrize(
    ("clipped", "source"),
    [(NONE, "values = [tf.square(v) for v in others]"), ("Shapes differ", PROGRAM.splitlines()[4])],
)
def test_another_failure_is_told_by_itself(clipped: str, source: str) -> None:
    assert lines(clipped, source) == [("gradient-cut", 1), ("uncaught-exception", 5)]
