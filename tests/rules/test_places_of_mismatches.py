"""Which line is marked where targets and outputs differ: the loss, the labels, or the last layer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules._traces import array, call, compiled, evidence, fault, layer, matches, model

PROGRAM = """\
{labels}
net = Sequential()
net.add(Dense(8))
net.add(Dense(9))
net.compile(
    optimizer="adam",
    loss="{loss}",
)
net.fit(x, y)
"""
SAME = "`target` and `output` must have the same shape. Received: target.shape=({}), output.shape=({})"


@pytest.mark.parametrize(
    ("labels", "loss", "given", "made", "line"),
    [
        ("y = to_categorical(y)", "categorical_crossentropy", "None, 10", "None, 9", 4),
        ("y = y[:600]", "categorical_crossentropy", "None, 1", "None, 9", 7),
        ("y = y[:600]; t = to_categorical(t)", "categorical_crossentropy", "None, 1", "None, 9", 1),
        ("y = y[:600]", "binary_crossentropy", "32,", "32, 9", 4),
        ("y = y[:600]", "mean_squared_error", "None, 28, 28", "None, 26, 26", 9),
    ],
)
def test_the_odd_one_is_marked(labels: str, loss: str, given: str, made: str, line: int) -> None:
    layers = (layer("Dense", None, 8), layer("Dense", None, 9))
    found = evidence(
        PROGRAM.format(labels=labels, loss=loss),
        model(1, "net", *layers, line=2, outputs=((None, 9),)),
        compiled(1, loss, line=5),
        call("fit", 1, line=9, inputs=(array(600, 4),), error="ValueError"),
        fault("ValueError", SAME.format(given, made), line=9),
    )
    assert [match.line for match in matches("target-shape-mismatch", found)] == [line]


TENSORS = "Ranks of all input tensors should match:"
JOINED = """\
images = images / 127.5 - 1
for step in range(9):
    real = images[index]
    d.train_on_batch(np.concatenate([real, made]), np.concatenate([np.ones(8), fake]))
"""
RANKS = (
    "all the input arrays must have same number of dimensions, but the array at index {} has {} dimension(s) "
    "and the array at index {} has {} dimension(s)"
)


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        (RANKS.format(0, 3, 1, 4), [1]),
        (RANKS.format(0, 1, 1, 2), []),  # labels
        (
            f"{TENSORS} shape[0] = [8,28,28] vs. shape[1] = [8,28,28,1]",
            [1],
        ),
    ],
)
def test_images_without_channels_are_marked_where_they_are_prepared(message: str, lines: list[int]) -> None:
    found = matches("missing-channel-axis", evidence(JOINED, fault("ValueError", message, line=4)))
    assert [match.line for match in found] == lines
    assert [match.explains for match in found] == [(0,)] * len(lines)


TEXT = """\
labels = frame['kind'].values
x_train, x_test, y_train, y_test = train_test_split(x, labels)
m.fit(x_train, y_train)
"""


@pytest.mark.parametrize(
    ("dtype", "message", "lines"),
    [
        ("<U4", "tuple index out of range", [1]),
        ("object", "Graph execution error: Cast string to float is not supported", [1]),
        ("object", "must have the same shape", []),
        ("float32", "Invalid dtype: object", []),
    ],
)
def test_labels_of_text_are_marked_where_they_are_made(dtype: str, message: str, lines: list[int]) -> None:
    labels = array(8, dtype=dtype, low=None, high=None)
    found = evidence(
        TEXT,
        call("fit", 1, line=3, inputs=(array(8, 4),), targets=(labels,), error="ValueError"),
        fault("ValueError", message, line=3),
    )
    assert [match.line for match in matches("text-instead-of-numbers", found)] == lines


COPIES = """\
def build():
    return Sequential([Dense(784)])


generator = build()
image = build()(z)
combined = Model(z, discriminator(image))
"""


@pytest.mark.parametrize(("inside", "lines"), [(3, [6]), (1, [])])
def test_a_second_copy_of_the_generator_is_marked_where_it_is_made(inside: int, lines: list[int]) -> None:
    made = layer("Dense", None, 784)
    judge = model(2, "discriminator", layer("Dense", None, 1), outputs=((None, 1),))
    copy = replace(model(3, "", made, line=2), names=())
    combined = model(4, "combined", line=7, kind="Functional", outputs=((None, 1),), contains=(inside, 2))
    shown = call("train_on_batch", 2, line=9, inputs=(array(8, 784, origin="model", origin_model=1),))
    found = evidence(COPIES, model(1, "generator", made, line=2), judge, copy, combined, shown)
    assert [match.line for match in matches("gan-without-its-players", found)] == lines


WHOLE = """\
def build():
    return Sequential([Dense(784)])


def whole(g, d):
    return Sequential([g, d])


generator = build()
combined = whole(build(), discriminator)
"""


def test_a_copy_handed_to_the_function_that_makes_the_whole_is_marked_at_that_call() -> None:
    made = layer("Dense", None, 784)
    judge = model(2, "discriminator", layer("Dense", None, 1), outputs=((None, 1),))
    copy = replace(model(3, "", made, line=2), names=())
    combined = model(4, "combined", line=6, outputs=((None, 1),), contains=(3, 2))
    shown = call("train_on_batch", 2, line=12, inputs=(array(8, 784, origin="model", origin_model=1),))
    found = evidence(WHOLE, model(1, "generator", made, line=2), judge, copy, combined, shown)
    assert [match.line for match in matches("gan-without-its-players", found)] == [10]


def test_numbers_of_classes_are_no_rows_where_the_output_has_a_row_for_every_place() -> None:
    text = PROGRAM.format(labels="y = y[:600]", loss="sparse_categorical_crossentropy").replace(
        "net.add(Dense(8))", "net.add(Conv2D(8, 3))"
    )
    layers = (
        layer("Conv2D", None, 26, 26, 8, parameters=80),
        layer("Dense", None, 26, 26, 9, parameters=81),
    )
    words = (
        "Argument `output` must have rank (ndim) `target.ndim - 1`. "
        "Received: target.shape=(32,), output.shape=(32, 26, 26, 9)"
    )
    found = evidence(
        text,
        model(1, "net", *layers, line=2, outputs=((None, 26, 26, 9),)),
        compiled(1, "sparse_categorical_crossentropy", line=5),
        call("fit", 1, line=9, inputs=(array(600, 28, 28, 1),), targets=(array(600),), error="ValueError"),
        fault("ValueError", words, line=9),
    )
    (match,) = matches("target-shape-mismatch", found)
    assert match.line == 4
    assert match.message == (
        "The targets (`y`, made in line 1) have the shape (32,), but `net` gives (32, 26, 26, 9). "
        "This layer answers for every place of the image: put a `Flatten` or a global pooling before it."
    )
