"""Rules about a single network: what they must say, and what they must leave alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from harness.listing import read_listing
from harness.model import Article, Call, Fix, Severity
from harness.rules._evidence import Evidence
from harness.rules._judge import judge
from harness.rules._players import number
from harness.run.watch.arrays import grouped
from tests.rules._traces import (
    array,
    call,
    compiled,
    evidence,
    fault,
    labels,
    layer,
    matches,
    model,
    noticed,
    repair,
)

# --- layer-left-out -------------------------------------------------------------------------------


def test_every_overwritten_layer_is_told_with_the_line_that_overwrites_it() -> None:
    text = "d = Dense(64)(code)\nd = Dense(128)(code)\n\nd = Dense(784)(code)\nm = Model(image, d)"
    found = matches("layer-left-out", evidence(text))
    assert [(match.line, match.evidence["overwritten_at"]) for match in found] == [(1, 2), (2, 4)]


@pytest.mark.parametrize(
    "text",
    [
        "x = Dense(64)(x)\nx = Dense(32)(x)",  # one on the other
        "x = Dense(64)(a)\ny = Dense(8)(x)\nx = Dense(32)(a)",  # used in between
        "x = Dense(64)(a)\nprint(x.shape)\nx = Dense(32)(a)",
        "x = Dense(64)\nx = Dense(32)",  # layers, not their results
        "if wide:\n    x = Dense(64)(a)\nelse:\n    x = Dense(32)(a)",  # alternatives
        "x = scale(64)(a)\nx = Dense(32)(a)",  # perhaps no layer at all
    ],
)
def test_layers_that_are_used_are_left_alone(text: str) -> None:
    assert not matches("layer-left-out", evidence(text))


def test_an_alternative_in_another_code_block_is_left_alone() -> None:
    text = "```python\nx = Dense(64)(a)\n```\n\nOr better:\n\n```python\nx = Dense(32)(a)\n```\n"
    listing = read_listing(Article("a.md", "0" * 64, text, "markdown"))
    assert not matches("layer-left-out", Evidence(listing))


# --- missing-nonlinearity -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "activation", "between", "noted"),
    [
        ("Dense", None, "Reshape", True),
        ("Dense", "relu", "Reshape", False),
        ("Dense", None, "LeakyReLU", False),
        ("Conv2D", None, "Flatten", False),  # a bottleneck of convolutions is meant as a rule
    ],
)
def test_a_linear_layer_before_another_is_noted_among_activations(
    kind: str, activation: str | None, between: str, noted: bool
) -> None:
    added = [f"{kind}(8)", f"{between}()", "Dense(4)", "ReLU()", "Dense(2)"]
    text = "\n".join(["net = Sequential()", *(f"net.add({one})" for one in added)])
    layers = (
        layer(kind, None, 8, activation=activation),
        layer(between, None, 8),
        layer("Dense", None, 4),
        layer("ReLU", None, 4),
        layer("Dense", None, 2, activation="softmax"),
    )
    known = evidence(text, model(1, "net", *layers), compiled(1, "categorical_crossentropy"))
    found = [(match.line, match.severity) for match in matches("missing-nonlinearity", known)]
    assert found == ([(2, Severity.NOTE)] if noted else [])


# --- softmax-over-one-unit ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "advice"),
    [("mean_squared_error", "leave the activation out"), ("binary_crossentropy", "use a sigmoid")],
)
def test_what_is_to_stand_for_a_softmax_over_one_unit_follows_from_the_loss(loss: str, advice: str) -> None:
    net = model(1, "net", layer("Dense", None, 1, activation="softmax"), outputs=((None, 1),))
    text = 'net = Sequential([Dense(1, activation="softmax")])\nnet.compile("adam", "mse")'
    (match,) = matches("softmax-over-one-unit", evidence(text, net, compiled(1, loss)))
    assert match.message.endswith(f"; {advice}.")


# --- kernel-size-as-two-numbers -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("Conv2D(32, 3, 3)", Fix("3, 3", "(3, 3)")),
        ("Convolution2D(n, nb_conv, nb_conv)", Fix("nb_conv, nb_conv", "(nb_conv, nb_conv)")),
        (
            "Conv2D(n, kernel_size, kernel_size)",
            Fix("kernel_size, kernel_size", "(kernel_size, kernel_size)"),
        ),
        ("Conv2D(n, nb_row, nb_col)", Fix("nb_row, nb_col", "(nb_row, nb_col)")),
        ("k = 5\nConv2D(n, k, k)", Fix("k, k", "(k, k)")),
    ],
)
def test_a_kernels_sides_as_two_arguments(text: str, fix: Fix) -> None:
    (match,) = matches("kernel-size-as-two-numbers", evidence(text))
    assert (match.fix, match.severity) == (fix, None)


@pytest.mark.parametrize(
    "text",
    [
        "Conv2D(64, 4, 2)",
        "Conv2D(96, 4, 4)",
        "Conv2D(32, 1, 1)",
        "Conv2D(32, (3, 3), 3)",
        "Conv2D(32, 3, strides=3)",
        "Conv2D(width, patch_size, patch_size)",
        "MaxPooling2D(3, 3)",
    ],
)
def test_strides_are_left_alone(text: str) -> None:
    assert not matches("kernel-size-as-two-numbers", evidence(text))


@pytest.mark.parametrize(
    "words",
    [
        "Computed output size would be negative. Received `inputs shape=(None, 1, 1, 32)`",
        "Computed output size would be zero or negative. Received: `inputs.shape=[None 1 1 32]`",
        "Negative dimension size caused by subtracting 3 from 1",
    ],
)
def test_an_image_that_strides_have_used_up_is_their_fault(words: str) -> None:
    text = "m.add(Conv2D(32, 3, 3))\nm.add(Conv2D(32, 3, 3))\nm.add(Conv2D(32, 3, 3))"
    first, second, third = matches(
        "kernel-size-as-two-numbers", evidence(text, fault("ValueError", words, line=3))
    )
    assert (first.severity, first.explains) == (Severity.ERROR, (0,))
    assert (second.explains, third.explains) == ((), ())


# --- monitor-not-reported -------------------------------------------------------------------------

STOPPED = (
    "Early stopping conditioned on metric `val_loss` which is not available. Available metrics are: loss"
)
REFUSED = "EarlyStopping callback received monitor=val_acc, but Keras isn't able to automatically determine"


def test_a_callback_without_validation_data_is_told_where_it_is_made() -> None:
    found = evidence(
        "stop = EarlyStopping(patience=3)\nm.fit(x, y, callbacks=[stop])",
        noticed("UserWarning", STOPPED, line=2),
        noticed("UserWarning", STOPPED, line=2),
    )
    (match,) = matches("monitor-not-reported", found)
    assert (match.line, match.message) == (
        1,
        "`EarlyStopping` watches `val_loss`, which this training does not report, because it has no "
        "validation data. It never stops the training. Give the training `validation_data`, or watch `loss`.",
    )


def test_a_checkpoint_on_the_old_name_of_the_accuracy_is_given_the_new_one() -> None:
    found = evidence(
        "best = ModelCheckpoint('m.keras', 'val_acc', save_best_only=True)\nm.fit(x, y)",
        compiled(1, metrics=("accuracy",)),
        noticed("UserWarning", "Can save best model only with val_acc available.", line=2),
    )
    (match,) = matches("monitor-not-reported", found)
    assert (match.line, match.fix) == (1, Fix("'val_acc'", "'val_accuracy'"))


def test_a_callback_that_keras_refuses_explains_the_fault() -> None:
    found = evidence(
        "stop = EarlyStopping(monitor='val_acc')\nm.fit(x, y)",
        compiled(1, metrics=("accuracy",)),
        fault("ValueError", REFUSED, line=2, repaired=True),
        repair("monitor-not-reported", "", "monitor='val_accuracy'", line=2),
    )
    (match,) = matches("monitor-not-reported", found)
    assert (match.line, match.explains) == (1, (1,))
    assert match.message.endswith("(it reports `val_accuracy`): Keras refuses it.")


def test_a_metric_of_the_programs_own_is_not_called_missing() -> None:
    words = REFUSED.replace("val_acc", "val_f1")
    found = evidence("m.fit(x, y)", compiled(1, metrics=("f1",)), fault("ValueError", words))
    assert not matches("monitor-not-reported", found)


# --- sorted-labels-not-shuffled -------------------------------------------------------------------


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


# --- fractions-into-embedding ---------------------------------------------------------------------


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


# --- words ------------------------------------------------------------------------------------------


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


# --- model-reused-across-folds ----------------------------------------------------------------------

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


def test_a_mistake_in_a_function_that_makes_several_models_is_one_finding() -> None:
    text = "def build():\n    return Sequential([Dense(1, activation='sigmoid')])\n"
    end = layer("Dense", activation="sigmoid")
    made = [
        replace(model(number, f"m{number}", end, outputs=((None, 1),)), created_line=2) for number in (1, 2)
    ]
    trained = [compiled(number, "mean_squared_error", line=5) for number in (1, 2)]
    calls = [
        call("fit", number, line=9, inputs=(array(8, 4),), targets=(array(8, 1, low=3.0, high=50.0),))
        for number in (1, 2)
    ]
    found = evidence(text, *made, *trained, *calls)
    assert len(matches("targets-outside-output-range", found)) == 2
    assert [one.rule for one in judge(found)].count("targets-outside-output-range") == 1


@pytest.mark.parametrize(
    ("end", "units", "high", "wrong"),
    [
        ("sigmoid", 1, 1.0, True),
        ("tanh", 3, 1.0, True),
        ("sigmoid", 3, 4.0, True),
        ("sigmoid", 3, 1.0, False),  # these may be probabilities
        ("softmax", 3, 1.0, False),
    ],
)
def test_accuracy_of_numbers_is_told_whatever_bounds_them(
    end: str, units: int, high: float, wrong: bool
) -> None:
    network = model(
        0,
        "model",
        layer("Dense", None, units, activation=end, parameters=9),
        inputs=((None, 4),),
        outputs=((None, units),),
    )
    asked = compiled(0, "mean_squared_error", line=2, metrics=("accuracy",))
    trained = call("fit", 0, line=3, inputs=(array(64, 4),), targets=(array(64, units, high=high),))
    seen = evidence("model = 1\nmodel.compile()\nmodel.fit(x, y)", network, asked, trained)
    assert bool(matches("accuracy-for-regression", seen)) is wrong
