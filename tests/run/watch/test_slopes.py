"""Where losses drive verdicts, told from their gradients at the verdicts that there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.run.watch.slopes import Slopes

Values = np.ndarray[Any, np.dtype[Any]]


def _sigmoid(values: Values) -> Values:
    made: Values = 1 / (1 + np.exp(-values.astype(np.float64)))
    return made


#: Gradients for verdicts of the label 0 or 1: of squares, crossentropies of logits, hinges, means.
LOSSES: dict[str, Callable[[Values, int], Values]] = {
    "squares": lambda v, label: 2 * (v - label),
    "crossentropy": lambda v, label: _sigmoid(v) - label,
    "mean": lambda v, label: np.full_like(v, 1 - 2 * label),
    "hinge": lambda v, label: np.where(v < 1, -1.0, 0.0) if label else np.where(v > -1, 1.0, 0.0),
}


@given(
    st.sampled_from(sorted(LOSSES)),
    st.integers(0, 1),
    st.floats(-8, 8),
    st.floats(0.01, 3),
    st.integers(0, 2**31),
    st.integers(2, 64),
)
def test_every_loss_drives_verdicts_towards_its_label(
    name: str, label: int, middle: float, spread: float, seed: int, rows: int
) -> None:
    verdicts = np.random.default_rng(seed).normal(middle, spread, (rows, 1)).astype(np.float32)
    taken = (LOSSES[name](verdicts, label) / rows).astype(np.float32)
    pushed = Slopes(verdicts, [taken]).pushed()
    assert pushed in {"up" if label else "down", None}
    if name == "squares" and np.var(verdicts) > 1e-3 and abs(float(taken.sum())) > 1e-6:
        assert pushed is not None


@pytest.mark.parametrize(
    ("verdict", "taken", "pushed"), [(-1.0, -0.5, None), (0.5, -0.5, "up"), (0.2, 0, None)]
)
def test_a_single_verdict_beyond_both_labels_says_nothing(
    verdict: float, taken: float, pushed: str | None
) -> None:
    given = [np.full((1, 1), taken, np.float32)]
    assert Slopes(np.full((1, 1), verdict, np.float32), given).pushed() == pushed


def test_what_a_sigmoid_has_squashed_is_told_by_the_sign_alone() -> None:
    verdicts = np.array([[0.01], [0.02]], np.float32)
    assert Slopes(verdicts, [-1 / verdicts]).pushed() == "up"
    # The loss went through the logits: the verdicts' own values are not where the slope was taken.
    assert Slopes(verdicts * 100, [None, verdicts - 1]).pushed() == "up"


def test_rows_of_one_kind_are_judged_by_themselves() -> None:
    verdicts = np.array([[-2.0], [-1.0], [-3.0], [-1.5]], np.float32)
    slopes = Slopes(verdicts, [2 * (verdicts - np.array([[1.0], [1.0], [0.0], [0.0]], np.float32))])
    assert (slopes.pushed([0, 1]), slopes.pushed([2, 3])) == ("up", "down")
