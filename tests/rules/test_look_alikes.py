"""Programs that are right and look like one of the mistakes: nothing is said of them."""

from __future__ import annotations

import pytest

from harness.model import Severity
from tests.rules._traces import array, call, compiled, evidence, fault, layer, matches, model, repair

CODER = """\
a = Input((784,))
b = Dense(64)(a)
c = Dense(784, activation="sigmoid")(b)
m = Model(a, c)
m.compile("adam", "binary_crossentropy")
m.fit(x, x)"""


@pytest.mark.parametrize(("targets", "told"), [((64, 784), False), ((64, 1), True)])
def test_a_linear_code_under_a_cross_entropy_finds_principal_axes(
    targets: tuple[int, int], told: bool
) -> None:
    layers = (
        layer("InputLayer", None, 784),
        layer("Dense", None, 64),
        layer("Dense", None, targets[1], activation="sigmoid"),
    )
    seen = model(0, "m", *layers, kind="Functional", inputs=((None, 784),), outputs=((None, targets[1]),))
    trained = call("fit", 0, line=6, inputs=(array(64, 784),), targets=(array(*targets),))
    found = matches(
        "missing-nonlinearity", evidence(CODER, seen, compiled(0, "binary_crossentropy"), trained)
    )
    assert bool(found) is told


LOST = """\
base = MobileNet(weights="imagenet")
m = Sequential()
m.add(base)
m.add(Flatten())
m.add(Dense(64, activation="relu"))
m.add(Dense(10))
m.compile("adam", "mse")
m.fit(x, y)"""


@pytest.mark.parametrize(
    ("rule", "shape"), [("raw-pixel-input", (64, 32, 32, 3)), ("features-not-scaled", (64, 9))]
)
@pytest.mark.parametrize("lost", [True, False])
def test_a_model_that_lost_its_first_layer_may_have_had_one_that_scales(
    rule: str, shape: tuple[int, ...], lost: bool
) -> None:
    layers = (
        layer("Flatten", None, 3072),
        layer("Dense", None, 64, activation="relu", parameters=100),
        layer("Dense", None, 10, parameters=100),
    )
    seen = model(0, "m", *layers, line=2, inputs=((None, *shape[1:]),), outputs=((None, 10),))
    fed = array(*shape, low=0.0, high=255.0 if len(shape) > 2 else 5000.0, origin="data-set")
    trained = call("fit", 0, line=8, inputs=(fed,), targets=(array(64, 10),))
    faults = (
        [fault("NameError", "name 'base' is not defined", line=3, name="base", follows=0)] if lost else []
    )
    assert bool(matches(rule, evidence(LOST, *faults, seen, trained))) is not lost


@pytest.mark.parametrize(
    ("other", "severity"),
    [
        ("from tensorflow.python.keras.utils import np_utils", Severity.NOTE),
        ("from tensorflow.python.keras import utils", Severity.NOTE),
        ("from tensorflow.python.keras.layers import Dense", Severity.ERROR),
        ("import tensorflow.python.keras as k", Severity.ERROR),
    ],
)
def test_utilities_of_another_keras_go_with_any_model(other: str, severity: Severity) -> None:
    (match,) = matches("mixed-keras-packages", evidence(f"from keras.models import Sequential\n{other}"))
    assert (match.severity or Severity.NOTE) is severity


GONE = "module 'tensorflow.python.distribute.input_lib' has no attribute 'DistributedDatasetInterface'"


def test_the_private_copy_of_keras_is_told_at_its_import_where_it_failed() -> None:
    code = "import numpy as np\nfrom tensorflow.python.keras.layers import Dense\nm.fit(x, y)\nm.predict(x)"
    faults = (fault("AttributeError", GONE, line=3), fault("AttributeError", GONE, line=4))
    (match,) = matches("private-keras-copy", evidence(code, *faults))
    assert (match.line, len(match.explains)) == (2, 2)
    assert "(line 3 raises an exception)" in match.message
    assert match.fix is not None
    assert match.fix.after == "tensorflow.keras"
    assert not matches("private-keras-copy", evidence(code))


UNFETCHED = "URL fetch failure on https://example.org/w.h5: None -- unreachable"


@pytest.mark.parametrize("repaired", [True, False])
def test_numbers_on_the_way_through_random_weights_say_nothing_of_pretrained_ones(repaired: bool) -> None:
    code = "base = VGG16()\nm = Sequential([base, Dense(1)])\nm.compile('sgd', 'mse')\nm.fit(x, y)"
    seen = model(0, "m", layer("Dense", None, 1), line=2, inputs=((None, 4),), outputs=((None, 1),))
    broken = call("fit", 0, line=4, inputs=(array(64, 4),), targets=(array(64),), losses=(float("nan"),))
    stand_in = (repair("needs-network", "VGG16()", "VGG16()"),) if repaired else ()
    known = evidence(code, fault("Exception", UNFETCHED, repaired=repaired), *stand_in, seen, broken)
    assert bool(matches("not-finite", known)) is not repaired
    (note,) = matches("needs-network", known)
    assert ("the run went on with random ones" in note.message) is repaired
    assert note.fix is None


def test_examples_of_the_wrong_shape_are_told_once_for_training_and_evaluation() -> None:
    code = "m = Sequential([Input((32,)), Dense(1)])\nm.fit(x, y)\nm.evaluate(x, y)"
    seen = model(0, "m", layer("Dense", None, 1), inputs=((None, 32),), outputs=((None, 1),))
    fed = array(64, 28, 28, origin="data-set")
    calls = [
        call(api, 0, line=at, inputs=(fed,), error="ValueError") for at, api in ((2, "fit"), (3, "evaluate"))
    ]
    faults = [fault("ValueError", "shapes differ", line=2), fault("ValueError", "shapes differ", line=3)]
    (match,) = matches("data-shape-differs-from-model", evidence(code, seen, *faults, *calls))
    assert (match.line, len(match.explains)) == (2, 2)


@pytest.mark.parametrize(
    ("kind", "embeddings", "told"), [("Sequential", 2, True), ("Net", 1, True), ("Net", 2, False)]
)
@pytest.mark.parametrize("rule", ["index-outside-embedding", "fractions-into-embedding"])
def test_a_class_may_give_each_of_its_embeddings_a_column(
    rule: str, kind: str, embeddings: int, told: bool
) -> None:
    code = "m = Net([Embedding(80, 8), Embedding(400, 8)])\nm.fit(x, y)"
    rows = [layer("Embedding", None, 8, input_dim=80 + 320 * i) for i in range(embeddings)]
    seen = model(0, "m", *rows, kind=kind, inputs=((None, 2),), outputs=((None, 1),))
    high = 397.0 if rule == "index-outside-embedding" else 0.9
    fed = array(64, 2, dtype="float32", low=0.0, high=high)
    known = evidence(code, seen, call("fit", 0, line=2, inputs=(fed,), targets=(array(64),)))
    assert bool(matches(rule, known)) is told


AHEAD = """\
net.compile(loss=kind)
kind = "mse"
net = object()
{again}
"""


@pytest.mark.parametrize(
    ("again", "severity"), [("net.compile(loss=kind)", Severity.NOTE), ("net.compile(loss='mae')", None)]
)
def test_a_line_that_is_shown_ahead_and_stands_in_its_place_later_is_noted(
    again: str, severity: Severity | None
) -> None:
    stopped = fault("NameError", "name 'net' is not defined", line=1, name="net")
    (match,) = matches("undefined-name", evidence(AHEAD.format(again=again), stopped))
    assert match.severity is severity
    assert ("line 4 says the same" in match.message) is (severity is not None)


def test_an_address_that_cannot_be_read_needs_the_network() -> None:
    away = fault("FileNotFoundError", "https://example.org/train.tsv not found.")
    known = evidence("x = np.loadtxt(root + 'train.tsv')", away)
    assert matches("needs-network", known)
    assert not matches("needs-file", known)
    near = evidence("x = np.loadtxt('train.tsv')", fault("FileNotFoundError", "train.tsv not found."))
    assert matches("needs-file", near)
    assert not matches("needs-network", near)


def test_a_drawing_that_was_left_out_is_noted() -> None:
    asked = fault("ImportError", "You must install pydot (`pip install pydot`) to draw.", repaired=True)
    known = evidence(
        "plot_model(m)", asked, repair("package-not-installed", "plot_model(m)", "plot_model(m)")
    )
    (match,) = matches("package-not-installed", known)
    assert "the drawing was left out" in match.message
    assert match.fix is None


SCALED = """\
scaler = StandardScaler()
x_scaled = scaler.fit_transform(x)
{use}
m.fit(a, y)"""


@pytest.mark.parametrize(
    ("use", "told"),
    [
        ("a, b = train_test_split(x, y)", True),
        ("a, b = train_test_split(x_scaled, y)", False),
        ("a = frame[x_scaled]", False),
        ("for i in range(len(x)):\n    a = m.predict(last)\nx['answer'] = a\nx['y'].plot()\nprint(x)", False),
        ("a = x[['age', 'height']]", True),
        ("a = other", False),
    ],
)
def test_scaled_data_that_are_used_nowhere(use: str, told: bool) -> None:
    found = matches("scaled-data-unused", evidence(SCALED.format(use=use)))
    assert [match.line for match in found] == ([2] if told else [])


def test_data_that_are_scaled_in_place_are_used() -> None:
    code = "x = StandardScaler().fit_transform(x)\nm.fit(x, y)"
    assert not matches("scaled-data-unused", evidence(code))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = StandardScaler().fit_transform(x)\na, b, c, d = train_test_split(x, y)", [1]),
        ("a, b, c, d = train_test_split(x, y)\na = StandardScaler().fit_transform(a)", []),
        ("x = OneHotEncoder().fit_transform(x)\na, b, c, d = train_test_split(x, y)", []),
    ],
)
def test_a_scaler_fitted_before_the_split_is_noted(text: str, lines: list[int]) -> None:
    found = matches("scaler-fitted-on-test-data", evidence(text))
    assert [(match.line, match.severity) for match in found] == [(line, "note") for line in lines]


@pytest.mark.parametrize(("first", "told"), [("Rescaling", False), ("RandomFlip", True)])
def test_a_model_at_the_front_that_scales_is_looked_into(first: str, told: bool) -> None:
    """It has no weights of its own."""
    front = model(1, "front", layer(first, None, 32, 32, 3), line=2)
    layers = (
        layer("Sequential", None, 32, 32, 3, model=1),
        layer("Flatten", None, 3072),
        layer("Dense", None, 10, parameters=100),
    )
    seen = model(0, "m", *layers, line=2, inputs=((None, 32, 32, 3),), outputs=((None, 10),))
    fed = array(64, 32, 32, 3, low=0.0, high=255.0, origin="data-set")
    trained = call("fit", 0, line=8, inputs=(fed,), targets=(array(64, 10),))
    assert bool(matches("raw-pixel-input", evidence("m.fit(x, y)", front, seen, trained))) is told
