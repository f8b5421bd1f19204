"""Distances against closed forms, and what each of them cannot see."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from harness.measure.distances import (
    Floats,
    expected_coverage,
    frechet,
    kernel_distance,
    memorised_share,
    mode_histogram,
    neighbourhood,
)


def normal(seed: int, n: int, d: int, mean: float = 0, scale: float = 1) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).normal(mean, scale, (n, d))


def whitened(rows: Floats) -> Floats:
    """The rows moved and turned so that their sample mean is 0 and their sample covariance exactly 1."""
    rows = rows - rows.mean(axis=0)
    return np.asarray(rows @ np.linalg.inv(np.linalg.cholesky(np.cov(rows, rowvar=False))).T)


def test_frechet_of_gaussians_with_known_moments() -> None:
    x = whitened(normal(0, 200, 4))
    y = whitened(normal(1, 300, 4))
    assert frechet(x, x) == pytest.approx(0, abs=1e-9)
    assert frechet(x, y) == pytest.approx(0, abs=1e-9)
    # |shift|^2 + sum of (s1 - s2)^2
    scales = np.array([1.0, 2.0, 3.0, 0.5])
    assert frechet(x, y * scales + 3) == pytest.approx(4 * 9 + ((1 - scales) ** 2).sum())


def test_frechet_of_covariances_that_do_not_commute() -> None:
    a, b = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([[1.0, 0.0], [0.0, 4.0]])
    x = whitened(normal(0, 100, 2)) @ np.linalg.cholesky(a).T
    y = whitened(normal(1, 100, 2)) @ np.linalg.cholesky(b).T
    # tr (AB)^(1/2) of a 2x2 product with trace t and determinant d is (t + 2 sqrt d)^(1/2)
    product = a @ b
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    assert frechet(x, y) == pytest.approx(np.trace(a) + np.trace(b) - 2 * root)


def test_frechet_where_one_sample_is_a_single_repeated_point() -> None:
    point = np.full((50, 3), 2.0)
    assert frechet(point, whitened(normal(0, 50, 3))) == pytest.approx(3 * 4 + 3)


def test_kernel_distance_of_two_points_is_that_of_the_definition() -> None:
    x, y = np.zeros((10, 2)), np.full((10, 2), 2.0)
    # k(x,x) = 1, k(y,y) = (8/2 + 1)^3 = 125, k(x,y) = 1
    assert kernel_distance(x, y).value == pytest.approx(1 + 125 - 2)
    assert kernel_distance(x, y).error == pytest.approx(0)


def test_kernel_distance_is_unbiased_and_its_error_is_honest() -> None:
    null = [kernel_distance(normal(2 * s, 60, 3), normal(2 * s + 1, 60, 3)) for s in range(200)]
    values = np.array([e.value for e in null])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(len(values))
    # One dimension, y ~ N(1, 1): E k(x, y) from the moments of the normal distribution.
    shifted = [kernel_distance(normal(2 * s, 200, 1), normal(2 * s + 1, 200, 1, mean=1)) for s in range(100)]
    values = np.array([e.value for e in shifted])
    # E(xy+1)^3 = 1 + 3 m m' + 3 q q' + c c' with moments (m, q, c): (0, 1, 0) and (1, 2, 4)
    truth = (1 + 0 + 3 * 1 * 1 + 0) + (1 + 3 * 1 + 3 * 4 + 16) - 2 * (1 + 0 + 3 * 1 * 2 + 0)
    assert values.mean() == pytest.approx(truth, abs=3 * values.std() / 10)
    assert np.mean([e.error for e in shifted]) == pytest.approx(values.std(), rel=0.3)


def test_neighbourhoods_counted_by_hand() -> None:
    real = np.array([[0.0], [1.0], [10.0], [11.5]])  # radii with k=1: 1, 1, 1.5, 1.5
    found = neighbourhood(np.array([[0.5], [0.6], [10.1], [50.0]]), real, k=1)
    assert found.density == pytest.approx((2 + 2 + 2 + 0) / 4)
    assert found.coverage == 1.0
    assert found.precision == 0.75
    assert neighbourhood(np.array([[-0.9]]), real, k=1).coverage == 0.25


def test_a_perfect_generator_has_the_expected_neighbourhood() -> None:
    found = [neighbourhood(normal(2 * s, 300, 8), normal(2 * s + 1, 300, 8)) for s in range(20)]
    coverage = np.array([f.coverage for f in found])
    assert expected_coverage(300, 300) == pytest.approx(0.969, abs=1e-3)
    assert coverage.mean() == pytest.approx(expected_coverage(300, 300), abs=4 * coverage.std() / np.sqrt(20))
    assert np.mean([f.density for f in found]) == pytest.approx(1, abs=0.03)


def test_expected_coverage_of_one_image_among_many_is_k_in_n() -> None:
    assert expected_coverage(1000, 1, k=5) == pytest.approx(5 / 1000)


def test_modes_are_counted() -> None:
    assert mode_histogram(np.array([3, 3, 0]), modes=5) == (1, 0, 0, 2, 0)


def test_copies_are_memorised_and_fresh_images_are_not() -> None:
    training, held_out = normal(0, 500, 6), normal(1, 5000, 6)
    assert memorised_share(training[:100], training, held_out) == 1.0
    assert memorised_share(normal(2, 2000, 6), training, held_out) == pytest.approx(0.01, abs=0.01)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            np.zeros((0, 2)),
            np.zeros((5, 2)),
            r"found features of shape \(0, 2\), expected \(n, d\) with n at least",
        ),
        (np.zeros(5), np.zeros((5, 2)), r"found features of shape \(5,\)"),
        (np.full((5, 2), np.nan), np.zeros((5, 2)), "not finite"),
        (np.zeros((5, 3)), np.zeros((5, 2)), "found 3 and 2 features"),
    ],
)
def test_features_that_will_not_do(first: Floats, second: Floats, message: str) -> None:
    for distance in (frechet, kernel_distance, neighbourhood):
        with pytest.raises(ValueError, match=message):
            distance(first, second)


def test_too_few_real_images_for_the_neighbours() -> None:
    with pytest.raises(ValueError, match="found 5 real rows, expected more than the 5 neighbours"):
        neighbourhood(np.zeros((5, 2)), np.zeros((5, 2)))
