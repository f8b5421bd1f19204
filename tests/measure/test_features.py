"""The feature network, and what its distances say of images that no good generator makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from harness.data import embedded_mnist
from harness.measure import features
from harness.measure.convergence import Trained, check_reaches_floors
from harness.measure.distances import expected_coverage, frechet, kernel_distance, neighbourhood
from harness.measure.results import CheckFailed
from harness.measure.scores import Score, Yardstick, embedded_yardstick

Images = npt.NDArray[np.float32]
N = 1000


@pytest.fixture(scope="module")
def yardstick() -> Yardstick:
    return embedded_yardstick()


@pytest.fixture(scope="module")
def labels() -> npt.NDArray[np.uint8]:
    with np.load(embedded_mnist()) as archive:
        return np.asarray(archive["y_train"])


def test_the_network_reads_digits_that_it_has_not_seen(yardstick: Yardstick) -> None:
    assert yardstick.network.held_out == 1000
    assert yardstick.network.accuracy >= 0.95  # 96.3 % on the machine where it was written


def test_features_have_the_agreed_size_and_scale(yardstick: Yardstick) -> None:
    assert yardstick.reference.shape == (1000, features.UNITS)
    assert yardstick.reference.var(axis=0).sum() == pytest.approx(features.TOTAL_VARIANCE, rel=0.1)


def test_two_random_halves_of_one_pool_are_alike(yardstick: Yardstick) -> None:
    pool = np.concatenate([yardstick.network(yardstick.training_images), yardstick.reference])
    distances, coverages, densities = [], [], []
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(pool))
        first, second = pool[order[:N]], pool[order[N : 2 * N]]
        distances.append(frechet(first, second))
        near = neighbourhood(first, second)
        coverages.append(near.coverage)
        densities.append(near.density)
        kernel = kernel_distance(first, second)
        assert abs(kernel.value) < 4 * kernel.error
    assert np.mean(distances) == pytest.approx(2.0, abs=0.6)
    assert np.mean(coverages) == pytest.approx(expected_coverage(N, N), abs=0.01)
    assert min(coverages) > 0.94
    assert np.mean(densities) == pytest.approx(1, abs=0.03)


def test_training_images_score_as_good_as_new(yardstick: Yardstick) -> None:
    found = yardstick.score(yardstick.training_images[:N])
    assert found.frechet < 4
    assert found.coverage > 0.94
    assert found.density == pytest.approx(1, abs=0.15)
    assert min(found.digits) > 70
    assert found.memorised == 1.0, "they are copies, and only this measure says so"


def test_unseen_images_are_no_copies(yardstick: Yardstick) -> None:
    assert yardstick.score(yardstick.reference_images).memorised == pytest.approx(0.01, abs=0.005)


# What facts were measured first: distance at least, coverage at most.
@pytest.mark.parametrize(
    ("kind", "distance", "coverage"),
    [("noise", 150, 0.03), ("mean image", 150, 0.03), ("one digit", 150, 0.15), ("ten images", 50, 0.06)],
)
def test_controls_are_far_or_do_not_cover(
    yardstick: Yardstick, labels: npt.NDArray[np.uint8], kind: str, distance: float, coverage: float
) -> None:
    found = yardstick.score(control(kind, yardstick.training_images, labels))
    assert found.frechet > distance
    assert found.coverage < coverage


@pytest.mark.parametrize("kind", ["noise", "mean image", "one digit", "ten images"])
def test_the_gate_lets_no_control_through(
    yardstick: Yardstick, labels: npt.NDArray[np.uint8], kind: str
) -> None:
    found = yardstick.score(control(kind, yardstick.training_images, labels))
    with pytest.raises(CheckFailed, match=r"reaches-floors: .* coverage >= 0\.15, Fréchet <= 60"):
        check_reaches_floors([Trained(0, found, found, 0.0)])


def test_the_gate_lets_real_digits_through_and_copies_of_them_not(yardstick: Yardstick) -> None:
    with np.load(embedded_mnist()) as archive:
        real = yardstick.score(archive["x_test"][:N] / np.float32(255))
    check_reaches_floors([Trained(0, real, real, 0.0)])
    copies = yardstick.score(yardstick.training_images[:N])
    with pytest.raises(CheckFailed, match="found 100% copies of training images"):
        check_reaches_floors([Trained(0, copies, copies, 0.0)])


def test_each_measure_alone_is_fooled_by_some_control(
    yardstick: Yardstick, labels: npt.NDArray[np.uint8]
) -> None:
    mean, ones, ten = (
        yardstick.score(control(kind, yardstick.training_images, labels))
        for kind in ("mean image", "one digit", "ten images")
    )
    assert mean.precision == 1.0
    # The share of five neighbourhoods that hold it is near 1 for real images, .02 for noise; which
    # of them do changes with the last digits of the features, and those with the processor.
    assert mean.density >= 0.6
    assert ones.density > 0.9
    assert min(ten.digits) == 100
    assert ten.memorised == 1.0


def control(kind: str, images: Images, labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.floating]:
    rng = np.random.default_rng(0)
    if kind == "noise":
        return rng.random((N, 28, 28))
    if kind == "mean image":
        return np.full((N, 28, 28), images.mean(axis=0))
    if kind == "one digit":
        ones = images[labels == 1]
        return np.asarray(ones[rng.integers(0, len(ones), N)])
    return np.repeat(np.stack([images[labels == digit][0] for digit in range(10)]), N // 10, axis=0)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            np.zeros((0, 28, 28)),
            r"found images of shape \(0, 28, 28\), expected \(n, 28, 28\) with n at least 1",
        ),
        (np.zeros((5, 32, 32)), r"found images of shape \(5, 32, 32\)"),
        (np.full((5, 28, 28), 255, np.uint8), "found values from 255 to 255, expected 0 to 1"),
        (np.full((5, 28, 28), -1.0), "found values from -1 to -1, expected 0 to 1"),
        (np.full((5, 28, 28), np.nan), "found values from nan to nan"),
    ],
)
def test_images_that_will_not_do(yardstick: Yardstick, images: npt.NDArray[np.generic], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        yardstick.score(images)


@pytest.mark.slow
def test_training_is_deterministic_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with np.load(embedded_mnist()) as archive:
        images, labels = archive["x_test"][:60] / np.float32(255), archive["y_test"][:60]
    found = []
    for folder in ("one", "two"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / folder))
        found.append(features.feature_network(images, labels, images, labels))
        (kept,) = (tmp_path / folder / "errata").glob("features-*.npz")
        stamp = kept.stat().st_mtime_ns
        features.feature_network(images, labels, images, labels)
        assert kept.stat().st_mtime_ns == stamp
    assert all((a == b).all() for a, b in zip(found[0].weights, found[1].weights, strict=True))


def test_failed_training_says_why_and_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.executable", "/bin/false")
    image = np.zeros((1, 28, 28), np.float32)
    with pytest.raises(RuntimeError, match=r"could not be trained \(exit status 1\): no message"):
        features.feature_network(image, np.zeros(1, int), image, np.zeros(1, int))
    assert not list((tmp_path / "errata").iterdir())


def test_a_score_is_plain_data(yardstick: Yardstick) -> None:
    found = yardstick.score(yardstick.reference_images[:50])
    assert isinstance(found, Score)
    assert found.images == 50
    assert sum(found.digits) == 50
