"""The corrected programs' networks, as they are built, for any batch size, latent values and seed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data import embedded_mnist
from harness.measure import structure
from harness.measure.pair import Pair
from harness.measure.program import load, pair_of
from tests.convergence.programs import PROGRAMS, path_of


@pytest.fixture(scope="module", params=PROGRAMS)
def pair(request: pytest.FixtureRequest) -> Pair:
    path: Path = path_of(request.param)
    return pair_of(path, load(path, embedded_mnist()), embedded_mnist())


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    batch=st.integers(1, 40),
    latent=st.sampled_from(["normal", "zeros", "huge"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_outputs_have_their_shape_type_and_range(pair: Pair, batch: int, latent: str, seed: int) -> None:
    structure.check_generator_output(pair, batch, latent, seed)
    structure.check_discriminator_output(pair, batch, latent, seed)


@settings(max_examples=3, deadline=None, derandomize=True)
@given(batch=st.integers(2, 7), seed=st.integers(0, 2**32 - 1))
def test_a_sample_does_not_depend_on_its_batch(pair: Pair, batch: int, seed: int) -> None:
    structure.check_rebatching(pair, batch, seed)
