"""Rules about a single network: what they must say, and what they must leave alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.listing import read_listing
from harness.model import Article, Fix, Severity
from harness.rules._evidence import Evidence
from harness.rules._judge import judge
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
)


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


def test_a_layer_whose_result_is_read_nowhere_is_told_beside_its_model() -> None:
    text = "h = Dense(8)(a)\nlast = Dense(8)(h)\nboth = concatenate([a, b])\n"
    (match,) = matches("layer-left-out", evidence(text + "m = Model([a, b], Dense(1)(both))"))
    assert (match.line, "the model of line 4" in match.message) == (2, True)
    assert not matches("layer-left-out", evidence(text + "m = Model([a, b], [last, both])"))
    assert not matches("layer-left-out", evidence(text + "print(both.shape)"))  # no model is made


def test_an_alternative_in_another_code_block_is_left_alone() -> None:
    text = "```python\nx = Dense(64)(a)\n```\n\nOr better:\n\n```python\nx = Dense(32)(a)\n```\n"
    listing = read_listing(Article("a.md", "0" * 64, text, "markdown"))
    assert not matches("layer-left-out", Evidence(listing))


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


@pytest.mark.parametrize(
    ("each", "outputs", "noted"),
    [
        ((1,), (2,), True),
        ((0,), (2,), False),  # two layers beside each other
        ((1,), (1, 2), False),  # also goes past the second one
    ],
)
def test_linear_layers_beside_each_other_are_not_one_linear_map(
    each: tuple[int, ...], outputs: tuple[int, ...], noted: bool
) -> None:
    text = (
        "h = Dense(8, activation='relu')(i)\nvalue = Dense(1)(h)\neach = Dense(3)(value)\n"
        "net = Model(i, Softmax()(each))"
    )
    layers = (
        replace(layer("Dense", None, 8, activation="relu"), takes=()),
        replace(layer("Dense", None, 1), takes=(0,)),
        replace(layer("Dense", None, 3), takes=each),
        replace(layer("Softmax", None, 3), takes=outputs),
    )
    known = evidence(
        text, model(1, "net", *layers, line=4, kind="Functional"), compiled(1, "categorical_crossentropy")
    )
    assert bool(matches("missing-nonlinearity", known)) is noted


@pytest.mark.parametrize(
    ("loss", "advice"),
    [("mean_squared_error", "leave the activation out"), ("binary_crossentropy", "use a sigmoid")],
)
def test_what_is_to_stand_for_a_softmax_over_one_unit_follows_from_the_loss(loss: str, advice: str) -> None:
    net = model(1, "net", layer("Dense", None, 1, activation="softmax"), outputs=((None, 1),))
    text = 'net = Sequential([Dense(1, activation="softmax")])\nnet.compile("adam", "mse")'
    (match,) = matches("softmax-over-one-unit", evidence(text, net, compiled(1, loss)))
    assert match.message.endswith(f"; {advice}.")


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


def test_a_stride_that_stands_by_its_name_as_well_is_given_twice_through_the_kernels_other_side() -> None:
    text = "m.add(Convolution2D(32, 5, 5))\nm.add(Convolution2D(32, 5, 5, subsample=(2, 2)))"
    words = "Conv2D.__init__() got multiple values for argument 'strides'"
    first, second = matches("kernel-size-as-two-numbers", evidence(text, fault("TypeError", words, line=2)))
    assert (first.severity, first.explains) == (None, ())
    assert (second.severity, second.explains) == (Severity.ERROR, (0,))


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


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((0.0, 1.0, 2.0), "the numbers of 3 classes. End in a softmax of 3 units"),
        ((-1.0, 1.0, 2.0), "between -1 and 2. Bring them into that range"),
    ],
)
def test_numbers_of_classes_are_told_as_such(values: tuple[float, ...], words: str) -> None:
    seen = model(0, "m", layer("Dense", None, 1, activation="sigmoid", parameters=5), outputs=((None, 1),))
    fed = call("fit", 0, line=2, inputs=(array(64, 4),), targets=(labels(64, *values),))
    code = "m.compile(loss='binary_crossentropy')\nm.fit(x, y)"
    (match,) = matches("labels-outside-unit-interval", evidence(code, seen, compiled(0), fed))
    assert words in match.message


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("out = tf.nn.softmax(model(x))\nloss(logits=out)", 2),
        ("loss(logits=tf.nn.softmax(model(x)))", 1),
        ("out = model(x)\nshown = tf.nn.softmax(out)\nloss(logits=out)", None),
    ],
)
def test_what_was_squashed_by_hand_are_no_logits(step: str, line: int | None) -> None:
    code = step.replace("loss(", "tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, ")
    found = matches("sigmoid-before-logits-loss", evidence(code, call("apply", None, line=1)))
    assert [match.line for match in found] == ([line] if line else [])
