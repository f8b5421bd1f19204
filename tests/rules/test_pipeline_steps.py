"""Splits and caches of data pipelines: what is reported, where, and what looks like it and is right."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

SPLIT = "split-changes-each-epoch"
CACHED = "augmentation-cached"
ARRAYS = "data = tf.data.Dataset.from_tensor_slices((x, y))\n"
FITTED = "model.fit(train, validation_data=held)\n"


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (ARRAYS + "data = data.shuffle(100)\ntrain = data.take(80)\nheld = data.skip(80)\n" + FITTED, 2),
        (
            "data = (\n    tf.data.Dataset.from_tensor_slices(x)\n    .shuffle(100, seed=1)\n    .map(f)\n)\n"
            "held = data.take(n // 5).batch(8)\ntrain = data.skip(n // 5)\ntrain = train.batch(8)\n" + FITTED,
            3,
        ),
        (
            ARRAYS
            + "data = data.cache().shuffle(9)\na = data.take(8)\nb = data.skip(8)\nm.fit(a)\nm.evaluate(b)",
            2,
        ),
        (
            ARRAYS
            + "data = data.shuffle(9, 1, True)\na = data.take(8)\nb = data.skip(8)\nm.fit(a)\nm.evaluate(b)",
            2,
        ),
    ],
)
def test_a_split_behind_a_shuffle(program: str, line: int) -> None:
    (found,) = matches(SPLIT, evidence(program))
    assert found.line == line
    assert found.fix is None or "reshuffle_each_iteration=False" in found.fix.after


@pytest.mark.parametrize(
    "between",
    [
        "data = data.shuffle(100, reshuffle_each_iteration=False)\n",
        "data = data.shuffle(100, 7, False)\n",
        "data = data.shuffle(100, reshuffle_each_iteration=again)\n",
        "data = data.shuffle(100).cache()\n",
        "random.shuffle(data)\n",
        "",
    ],
)
def test_a_split_of_one_order(between: str) -> None:
    program = ARRAYS + between + "train = data.take(80).shuffle(80)\nheld = data.skip(80)\n" + FITTED
    assert not matches(SPLIT, evidence(program))


@pytest.mark.parametrize(
    "parts",
    [
        "train = data.take(80)\nheld = data.skip(90)\n",  # of two sizes: perhaps a third part lies between
        "train = data.take(80)\ndata = other.shuffle(3)\nheld = data.skip(80)\n",
        "first = data.take(80)\nsecond = data.skip(80)\n",  # nothing says what for
    ],
)
def test_parts_that_are_no_split(parts: str) -> None:
    assert not matches(SPLIT, evidence(ARRAYS + "data = data.shuffle(100)\n" + parts + FITTED))


FLIP = "def flip(image, label):\n    return tf.image.random_flip_left_right(image), label\n\n"


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (FLIP + "data = data.map(flip).cache().batch(8)", 4),
        (FLIP + "data = data.map(flip)\ndata = data.cache('file')\n", 5),
        (FLIP + "data = (\n    files\n    .map(lambda a, b: flip(a, b))\n    .cache()\n    .batch(2)\n)", 7),
        (
            "changed = Sequential([RandomFlip()])\ndata = data.map(lambda x: changed(x)).cache()",
            2,
        ),
        ("turn = layers.RandomRotation(.2)\ndata = data.map(turn).cache()", 2),
    ],
)
def test_a_cache_behind_an_augmentation(program: str, line: int) -> None:
    (found,) = matches(CACHED, evidence(program))
    assert found.line == line


@pytest.mark.parametrize(
    "program",
    [
        FLIP + "data = data.cache().map(flip)",
        FLIP + "data = data.map(flip).batch(8)\nother = files.map(read).cache()",
        FLIP + "train = data.map(flip)\ndata = data.map(read).cache()",
        # Examples that are made up once are no augmentation.
        "data = tf.data.Dataset.range(9).map(lambda i: tf.random.normal((4,))).cache()",
        "scale = layers.Rescaling(1 / 255)\ndata = data.map(lambda x: scale(x)).cache()",
        "@lru.cache()\ndef f():\n    return tf.image.random_crop(x, s)\n",
    ],
)
def test_a_cache_of_what_stays_the_same(program: str) -> None:
    assert not matches(CACHED, evidence(program))
