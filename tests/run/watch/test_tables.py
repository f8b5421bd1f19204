"""What is seen of arrays: labels in a row, targets among the inputs, windows, repeated batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from harness.run.watch.arrays import among, marked, spreads, windows
from harness.run.watch.feeds import Tap

Array = npt.NDArray[Any]
RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(80, 5))
SERIES = np.sin(np.arange(100.0))
WINDOWS = np.array([SERIES[i : i + 10] for i in range(80)])


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        (np.eye(3)[[0, 1, 2, 2]], (1, 1)),
        (np.array([[0, 0, 1], [1, 1, 1], [0, 0, 0]]), (0, 3)),
        (np.array([[True, True], [False, True]]), (1, 2)),
        (np.array([[0.0, 0.5], [1.0, 1.0]]), None),
        (np.array([[0.0], [1.0]]), None),  # one label
        (np.array([0.0, 1.0]), None),
        (np.zeros((3, 4, 4)), None),
    ],
)
def test_ones_in_a_row(rows: Array, counts: tuple[int, int] | None) -> None:
    assert marked(rows) == counts


@pytest.mark.parametrize(
    ("inputs", "targets", "place"),
    [
        (TABLE, TABLE[:, 3], 3),
        (TABLE.astype("float32"), TABLE[:, 3:4], 3),  # up to the last digits
        (TABLE, TABLE[:, 3] + 0.01, None),
        (TABLE, np.roll(TABLE[:, 3], 1), None),
        (WINDOWS[..., None], WINDOWS[:, -1], 9),
        (WINDOWS, SERIES[10:90], None),  # what comes next
        (TABLE[:20], TABLE[:20, 3], None),  # too few to be sure
        (np.ones((80, 5)), np.ones(80), None),  # alike in all rows
        (TABLE[:, :1], TABLE[:, 0], None),  # nothing but the target: a model that gives back its input
        (np.array(["a"] * 80).reshape(80, 1), TABLE[:, 0], None),
    ],
)
def test_targets_among_the_inputs(inputs: Array, targets: Array, place: int | None) -> None:
    assert among(inputs, targets) == place


@pytest.mark.parametrize(
    ("rows", "cut"),
    [
        (WINDOWS, True),
        (WINDOWS[..., None], True),
        (WINDOWS[::-1], False),
        (TABLE, False),
        (np.ones((80, 5)), False),
        (WINDOWS[:20], False),
    ],
)
def test_windows_of_one_series(rows: Array, cut: bool) -> None:
    assert windows(rows) is cut


def test_the_spreads_of_a_table_are_those_of_its_columns_that_vary() -> None:
    table = TABLE * np.array([1.0, 0.0, 1000.0, 0.001, 1.0])
    half, most = spreads(table) or (0.0, 0.0)
    assert 0.5 < half < 2 < 500 < most < 2000
    assert spreads(table[:, :2]) is None  # of one column alone there is nothing to compare
    assert spreads(np.ones((80, 200))) is None
    assert spreads(SERIES) is None


def test_a_column_of_classes_is_known_though_it_was_scaled() -> None:
    classes = RNG.integers(0, 3, 80)
    table = TABLE.copy()
    table[:, 3] = (classes - classes.mean()) / classes.std()
    assert among(table, classes) == 3
    assert among(table[:, :3], classes) is None
    two = (classes > 0).astype("int64")
    assert among(np.column_stack([TABLE, 1 - two]), two) is None  # a feature of two values may be the same
    table[5, 3] += 0.1
    assert among(table, classes) is None


def passed(items: list[Any]) -> int:
    def source() -> Iterator[Any]:
        yield from items

    tap = Tap(source())
    assert [item is given for item, given in zip(tap.items(), items, strict=True)] == [True] * len(items)
    return tap.same


def test_batches_of_a_generator_are_compared_and_passed_on() -> None:
    batch, other = (TABLE[:8], TABLE[:8, 0]), (TABLE[8:16], TABLE[8:16, 0])
    assert passed([batch] * 5) == 5
    assert passed([batch, batch, other, batch]) == 2
    assert passed([batch] * 50) == 20
    assert passed([object(), object()]) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("steps", "grouped"),
    [
        (("batch",), True),
        (("batch", "shuffle"), True),  # mixes batches, each of one class
        (("few", "batch"), True),
        (("batch", "prefetch"), True),
        (("shuffle", "batch"), False),
        (("cache", "shuffle", "batch", "prefetch"), False),
        (("big",), False),  # a batch of several classes
    ],
)
def test_the_order_of_classes_behind_a_pipeline(observe: Any, steps: tuple[str, ...], grouped: bool) -> None:
    import keras
    import tensorflow as tf

    x, y = np.random.default_rng(1).normal(size=(300, 4)), np.repeat([0, 1, 2], 100)
    with observe() as seen:
        data = tf.data.Dataset.from_tensor_slices((x, y))
        for step in steps:
            data = {
                "batch": lambda held: held.batch(10),
                "big": lambda held: held.batch(150),
                "few": lambda held: held.shuffle(8),
                "shuffle": lambda held: held.shuffle(300),
                "cache": lambda held: held.cache(),
                "prefetch": lambda held: held.prefetch(1),
            }[step](data)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(data, shuffle=False, verbose=0)
    (fit,) = seen.listener.calls("fit")
    assert fit.targets[0].grouped is grouped


def test_the_order_inside_an_item_of_a_generator_says_nothing(observe: Any) -> None:
    import keras

    def batches() -> Any:
        while True:
            yield np.zeros((40, 4)), np.repeat([0.0, 1.0], 20)

    with observe() as seen:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy")
        model.fit(batches(), steps_per_epoch=2, shuffle=False, verbose=0)
    (fit,) = seen.listener.calls("fit")
    assert not fit.targets[0].grouped
