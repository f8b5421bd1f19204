"""What a single network is fed: its order, range, kind and folds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from harness.listing import read_listing
from harness.model import Article, Call
from harness.rules._evidence import Evidence
from harness.rules._players import number
from harness.run.watch.arrays import grouped
from tests.rules._traces import (
    array,
    call,
    compiled,
    evidence,
    labels,
    layer,
    matches,
    model,
)


def fit(*, grouped: bool = True) -> Call:
    return call(
        "fit", 1, inputs=(array(100, 4),), targets=(array(100, 1, distinct=(0.0, 1.0), grouped=grouped),)
    )


@pytest.mark.parametrize("options", ["validation_split=0.2", "validation_split=share", "shuffle=False"])
def test_sorted_labels_and_nothing_that_mixes_them(options: str) -> None:
    (match,) = matches(
        "sorted-labels-not-shuffled",
        evidence(f"m.fit(x, y, {options})", model(1, "m"), compiled(1), fit()),
    )
    assert match.message.startswith(f"The 100 examples are sorted by class, and `{options}`")


@pytest.mark.parametrize(
    ("text", "loss", "seen"),
    [
        ("m.fit(x, y, validation_split=0.2)", "binary_crossentropy", fit(grouped=False)),
        ("m.fit(x, y)", "binary_crossentropy", fit()),  # fit shuffles by itself
        ("m.fit(x, y, validation_split=0.0, shuffle=True)", "binary_crossentropy", fit()),
        ("m.fit(x, y, shuffle=False)", "mean_squared_error", fit()),  # steps of a series
    ],
)
def test_examples_that_are_mixed_or_no_classes_are_left_alone(text: str, loss: str, seen: Call) -> None:
    found = evidence(text, model(1, "m"), compiled(1, loss), seen)
    assert not matches("sorted-labels-not-shuffled", found)


@pytest.mark.parametrize(
    ("fitted", "found"),
    [
        ("m.fit(data, epochs=3)", [1]),
        ("m.fit(data, shuffle=False)", [1]),
        ("m.fit(*given)", []),
        ("m.fit(**given)", []),
    ],
)
def test_a_pipeline_of_sorted_examples_is_told_where_it_makes_batches(fitted: str, found: list[int]) -> None:
    code = f"data = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)\n{fitted}"
    known = evidence(code, model(1, "m"), compiled(1), replace(fit(), line=2))
    told = matches("sorted-labels-not-shuffled", known)
    assert [match.line for match in told] == found
    assert all("each batch holds one class" in match.message for match in told)


@pytest.mark.parametrize(
    ("rows", "sorted_by_class"),
    [
        (np.repeat([0, 1, 2], 10), True),
        (np.repeat([2.0, 0.0], 30).reshape(-1, 1), True),
        (np.eye(3)[np.repeat([0, 1, 2], 10)], True),
        (np.tile([0, 1, 2], 10), False),
        (np.repeat([0, 1, 0], 10), False),
        (np.zeros(40), False),  # one class
        (np.arange(40.0), False),  # numbers, not classes
        (np.repeat([0, 1], 5), False),  # too few to tell
        (np.repeat([[0.2, 0.8], [0.6, 0.4]], 20, axis=0), False),  # not one-hot
        (np.array(["a", "b"] * 20), False),
        (np.array(3), False),
    ],
)
def test_labels_that_lie_class_after_class(rows: npt.NDArray[np.generic], sorted_by_class: bool) -> None:
    assert grouped(rows) is sorted_by_class


def test_fractions_fed_to_an_embedding() -> None:
    network = model(1, "m", layer("InputLayer"), layer("Embedding", parameters=80), layer("LSTM"))
    found = evidence("m.fit(x, y)", network, call("fit", 1, inputs=(array(64, 20),)))
    (match,) = matches("fractions-into-embedding", found)
    assert match.evidence["range"] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("first", "fed"),
    [
        ("Embedding", array(64, 20, high=99.0)),  # word numbers, as floats
        ("Embedding", labels(64, 0.0, 1.0)),  # two words
        ("Embedding", array(64, 20, dtype="int64")),
        ("Dense", array(64, 20)),
    ],
)
def test_word_numbers_and_other_layers_are_left_alone(first: str, fed: object) -> None:
    network = model(1, "m", layer(first, parameters=80), layer("LSTM"))
    found = evidence("m.fit(x, y)", network, call("fit", 1, inputs=(fed,)))  # type: ignore[arg-type]
    assert not matches("fractions-into-embedding", found)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1041.0, "1041"), (0.0, "0"), (-1.0, "-1"), (0.12345, "0.123"), (1234.5, "1.23e+03"), (2e9, "2e+09")],
)
def test_whole_numbers_are_told_in_full(value: float, text: str) -> None:
    assert number(value) == text


SCALED = """\
x_train, x_test = load()
{prepared}
net.fit(x_train, y)
net.evaluate({shown}, y)
"""


@pytest.mark.parametrize(
    ("prepared", "shown", "line"),
    [
        ("x_train = x_train / 255", "x_test", 2),  # and not the other
        ("x_train /= 255", "x_test", 2),
        ("x_train, x_test = x_train / 255, x_test\nx_test = x_test.reshape(-1, 4)", "x_test", 3),
        ("pass", "x_test * 255", 4),
        ("pass", "x_test", 4),
    ],
)
def test_data_of_another_scale_are_marked_where_they_are_prepared(
    prepared: str, shown: str, line: int
) -> None:
    text = SCALED.format(prepared=prepared, shown=shown)
    end = text.count("\n")
    events = (
        model(1, "net"),
        call("fit", 1, line=end - 1, inputs=(array(64, 4, high=1.0),)),
        call("evaluate", 1, line=end, inputs=(array(64, 4, high=255.0),), trains=False),
    )
    (match,) = matches("test-data-scaled-differently", evidence(text, *events))
    place = "here" if line == end else f"in line {end}"
    assert match.line == line
    assert match.message == (
        f"`net` is shown numbers up to 255 {place}, and was trained on numbers up to 1 (line {end - 1}). "
        "Scale both alike."
    )


def test_a_parsers_question_is_not_followed_by_a_full_stop() -> None:
    listing = read_listing(Article("a.py", "0" * 64, 'print "text"\n', "script"))
    (match,) = matches("syntax-error", Evidence(listing))
    assert match.message.endswith(" Did you mean print(...)? Correct it; the rest was run without it.")


_PARTS = """
def build():
    m = Sequential([Dense(1)])
    m.compile("sgd", "mse")
    return m
{before}
for k in range(4):
    {inside}
    rest = np.concatenate([x[:k * n], x[{start}:]])
    m.fit(rest, rest, validation_data=(x[k * n:(k + 1) * n], x[k * n:(k + 1) * n]))
"""


@pytest.mark.parametrize(
    ("before", "inside", "start", "told"),
    [
        ("m = build()", "pass", "(k + 1) * n", True),
        ("", "m = build()", "(k + 1) * n", False),
        ("m = build()", "m.set_weights(first)", "(k + 1) * n", False),
        ("m = build()", "pass", "9", False),  # no part is left out anew in each round
    ],
)
def test_folds_cut_out_by_hand_are_folds(before: str, inside: str, start: str, told: bool) -> None:
    text = _PARTS.format(before=before, inside=inside, start=start)
    assert bool(matches("model-reused-across-folds", evidence(text))) is told
