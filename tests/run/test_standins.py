"""Made-up data sets: the documented shapes, the same on both versions of Keras, and told as made up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.data.full import full_archive
from harness.model import DataLoaded, Trace
from harness.run import standins

RunText = Callable[..., Trace]

# https://keras.io/api/datasets/
DOCUMENTED = {
    "mnist": "(60000, 28, 28) uint8 (60000,) (10000, 28, 28) (10000,)",
    "fashion_mnist": "(60000, 28, 28) uint8 (60000,) (10000, 28, 28) (10000,)",
    "cifar10": "(50000, 32, 32, 3) uint8 (50000, 1) (10000, 32, 32, 3) (10000, 1)",
    "cifar100": "(50000, 32, 32, 3) uint8 (50000, 1) (10000, 32, 32, 3) (10000, 1)",
    "imdb": "(25000,) object (25000,) (25000,) (25000,)",
    "reuters": "(8982,) object (8982,) (2246,) (2246,)",
    "boston_housing": "(404, 13) float64 (404,) (102, 13) (102,)",
    "california_housing": "(16512, 8) float32 (16512,) (4128, 8) (4128,)",
}
PROGRAM = """\
import importlib
for name in {names}:
    module = importlib.import_module("keras.datasets." + name)
    (x_train, y_train), (x_test, y_test) = module.load_data()
    print(x_train.shape, x_train.dtype, y_train.shape, x_test.shape, y_test.shape)
"""


@pytest.fixture(scope="module")
def mnist() -> dict[str, standins.Array]:
    with np.load(full_archive().path) as arrays:
        return dict(arrays)


@pytest.mark.slow
@pytest.mark.parametrize("keras", [2, 3])
def test_each_built_in_data_set_has_its_documented_shape(run_text: RunText, keras: int) -> None:
    names = [name for name in DOCUMENTED if keras == 3 or name != "california_housing"]
    archive = full_archive()
    trace = run_text(
        PROGRAM.format(names=names), keras=keras, mnist=archive.path, repeated_from=archive.repeated_from
    )
    assert trace.outcome.stdout.decode().splitlines() == [DOCUMENTED[name] for name in names]
    told = {event.name: event.made_up for event in trace.events if isinstance(event, DataLoaded)}
    assert told == {name: name != "mnist" for name in names}


def test_the_houses_that_scikit_learn_fetches_have_the_documented_shape(run_text: RunText) -> None:
    text = (
        "from sklearn.datasets import fetch_california_housing\n"
        "houses = fetch_california_housing()\n"
        "print(houses.data.shape, houses.target.shape, houses.feature_names[0], houses.target.max())\n"
        "frame = fetch_california_housing(as_frame=True).frame\n"
        "print(frame.shape, frame.isna().sum().sum())\n"
    )
    trace = run_text(text)
    said = ["(20640, 8) (20640,) MedInc 5.00001", "(20640, 9) 0"]
    assert trace.outcome.stdout.decode().splitlines() == said
    told = [(event.name, event.made_up) for event in trace.events if isinstance(event, DataLoaded)]
    assert told == [("california_housing", True)]


def test_classes_can_be_told_apart(mnist: dict[str, standins.Array]) -> None:
    images = standins.cifar(mnist)
    chosen = images["y_train"] == 3
    other = images["y_train"] == 8
    means = [images["x_train"][which].mean(axis=(0, 3)) for which in (chosen, other)]
    assert np.abs(means[0] - means[1]).max() > 5
    words = standins.imdb()
    shares = [np.mean([40 in x for x in words["x_train"][words["y_train"] == label]]) for label in (0, 1)]
    assert shares[0] > 3 * shares[1]


def test_cifar_s_batches_are_its_rows(mnist: dict[str, standins.Array]) -> None:
    images = standins.cifar(mnist)
    data, labels = standins.cifar_batch(images, "folder/data_batch_2")
    assert data.shape == (10_000, 3, 32, 32)
    assert np.array_equal(data[0].transpose(1, 2, 0), images["x_train"][10_000])
    assert labels[0] == images["y_train"][10_000]
    _, fine = standins.cifar_batch(images, "folder/train", "fine_labels")
    _, coarse = standins.cifar_batch(images, "folder/test", "coarse_labels")
    assert set(fine) == set(range(100))
    assert set(coarse) == set(range(20))


def test_the_program_s_random_numbers_are_left_alone(tmp_path: Path) -> None:
    np.random.seed(3)
    before = np.random.get_state()[1]  # type: ignore[index]
    standins.write_npz(tmp_path / "boston.npz", standins.boston_housing())
    assert np.array_equal(before, np.random.get_state()[1])  # type: ignore[index]


def test_prices_lie_in_the_documented_ranges() -> None:
    boston, california = standins.boston_housing(), standins.california_housing()
    assert (boston["y"].min(), boston["y"].max()) == (5.0, 50.0)
    assert (california["y"].min(), california["y"].max()) == (14_999.0, 500_001.0)


def test_word_numbers_and_the_index_fit_together() -> None:
    index = standins.word_index(standins.WORDS["reuters"])
    x = standins.reuters()["x"]
    numbers = {number for row in x for number in row}
    assert min(numbers) == 1
    assert max(numbers) == len(index) == 30_979
