"""Each check passes sound pairs and fails its control, here on the backend of this process."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.measure import structure
from harness.measure.pair import Pair
from harness.measure.results import CheckFailed, Result, as_json, outcomes
from tests.measure.cases import CASES
from tests.measure.pairs import plain_pair
from tests.measure.verdicts import Case, agrees, verdict


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.name}-{case.fails[0] if case.fails else 'passes'}"
)
def test_verdict(case: Case) -> None:
    found = verdict(case)
    assert agrees(case, found), f"expected {case.fails}, found {found}"


def test_every_check_has_a_control_that_fails() -> None:
    passing = {case.check for case in CASES if not case.fails}
    failing = {case.check for case in CASES if case.fails}
    assert passing <= failing


@pytest.fixture(scope="module")
def pair() -> Pair:
    return plain_pair()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    batch=st.integers(1, 40),
    latent=st.sampled_from(["normal", "zeros", "huge"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_structure_holds_for_any_batch_latent_and_seed(
    pair: Pair, batch: int, latent: str, seed: int
) -> None:
    structure.check_generator_output(pair, batch, latent, seed)
    structure.check_discriminator_output(pair, batch, latent, seed)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(batch=st.integers(1, 9), seed=st.integers(0, 2**32 - 1))
def test_rebatching_holds_for_any_batch_and_seed(pair: Pair, batch: int, seed: int) -> None:
    structure.check_rebatching(pair, batch, seed)


def test_checks_leave_the_models_as_they_were(pair: Pair) -> None:
    from harness.measure.gradients import gradient_checks
    from harness.measure.steps import step_checks

    before = [model.get_weights() for _, model in pair.players()]
    found = (*structure.structure(pair), *gradient_checks(pair), *step_checks(pair))
    after = [model.get_weights() for _, model in pair.players()]
    assert not [outcome for outcome in found if isinstance(outcome, CheckFailed)]
    assert all(
        (a == b).all() for old, new in zip(before, after, strict=True) for a, b in zip(old, new, strict=True)
    )


def test_a_failure_does_not_hide_the_next_check() -> None:
    def fails() -> Result:
        raise CheckFailed("first", "one", "two")

    found = outcomes([fails, lambda: Result("second", {"n": 1}), lambda: Result("third", skipped="no data")])
    assert [as_json(outcome) for outcome in found] == [
        {"check": "first", "status": "failed", "expected": "one", "actual": "two"},
        {"check": "second", "status": "passed", "figures": {"n": 1}},
        {"check": "third", "status": "skipped", "reason": "no data"},
    ]


def test_a_failure_names_check_expected_and_found_and_survives_pickling() -> None:
    failure = pickle.loads(pickle.dumps(CheckFailed("players-fit", "shape (2, 1)", "shape (2, 2)")))  # noqa: S301
    assert str(failure) == "players-fit: expected shape (2, 1); found shape (2, 2)"


def test_only_the_cause_is_reported_where_the_players_do_not_fit() -> None:
    found = structure.structure(plain_pair(latent_shape=(7,)))
    assert [outcome.check for outcome in found if isinstance(outcome, CheckFailed)] == ["players-fit"]
    assert len(found) == 3
