"""What happens to data on their way into a model: scaled twice, cut to whole numbers, never batched."""

from __future__ import annotations

import pytest

from harness.model import Event
from harness.rules import load
from harness.rules._evidence import Evidence
from harness.rules._judge import judge
from tests.rules._traces import (
    array,
    call,
    compiled,
    evidence,
    fault,
    layer,
    listing,
    matches,
    model,
    trace,
)

PICTURES = model(
    0,
    "model",
    layer("Rescaling", None, 28, 28, 1, scale=1 / 255, offset=0.0),
    layer("Flatten", None, 784),
    layer("Dense", None, 10, activation="softmax", parameters=7850),
    inputs=((None, 28, 28, 1),),
    outputs=((None, 10),),
)
SCALED = """
x = x / 255
model = Sequential([
    layers.Rescaling(1 / 255),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.fit(x, y)
"""


@pytest.mark.parametrize(
    ("high", "origin", "fires"),
    [(1.0, "data-set", True), (1.0, "unknown", True), (255.0, "data-set", False), (1.0, "random", False)],
)
def test_a_layer_that_divides_is_for_what_was_not_divided(high: float, origin: str, fires: bool) -> None:
    fed = call("fit", 0, line=7, inputs=(array(64, 28, 28, 1, high=high, origin=origin),))
    found = matches("double-normalisation", evidence(SCALED, PICTURES, fed))
    assert [match.line for match in found] == ([3] if fires else [])
    assert not found or "divides by 255 what was scaled before" in found[0].message


def test_a_network_that_begins_with_a_division_is_fed_what_was_not_divided() -> None:
    base = model(1, "base", layer("InputLayer"), PICTURES.layers[0], layer("Conv2D", parameters=9), line=2)
    seen = model(0, "model", layer("EfficientNet", model=1), layer("Dense", None, 10, parameters=9), line=3)
    code = "x = x / 255\nbase = EfficientNetB0()\nmodel = Sequential([base, Dense(10)])\nmodel.fit(x, y)"
    fed = call("fit", 0, line=4, inputs=(array(64, 32, 32, 3, origin="data-set"),))
    (match,) = matches("double-normalisation", evidence(code, base, seen, fed))
    assert match.message.startswith("This network divides by 255 what was scaled before")


PRETRAINED = model(0, "model", layer("Conv2D", parameters=9), layer("Dense", None, 10, parameters=9))
INSIDE = """
from keras.applications.{module} import preprocess_input
i = Input((32, 32, 3))
t = RandomFlip()(i)
t = preprocess_input(t)
model = Model(i, base(t))
model.fit(x, y)
"""
BEFORE = """
from keras import applications
x = x / 255
x = applications.{module}.preprocess_input(x)

model = Sequential([base])
model.fit(x, y)
"""


@pytest.mark.parametrize(
    ("code", "module", "low", "high", "line"),
    [
        (INSIDE, "mobilenet_v2", 0.0, 1.0, 4),
        (INSIDE, "mobilenet_v2", 0.0, 255.0, None),
        (INSIDE, "efficientnet", 0.0, 1.0, None),  # hands on what it is given: the network divides
        (BEFORE, "vgg16", -123.7, -102.9, 3),
        (BEFORE, "mobilenet_v2", -1.0, -0.992, 3),
        (BEFORE, "vgg16", -123.7, 151.1, None),
        (BEFORE, "mobilenet_v2", -1.0, 1.0, None),
    ],
)
def test_what_a_networks_function_takes_for_bytes(
    code: str, module: str, low: float, high: float, line: int | None
) -> None:
    fed = call("fit", 0, line=6, inputs=(array(64, 32, 32, 3, low=low, high=high, origin="data-set"),))
    found = matches("double-normalisation", evidence(code.format(module=module), PRETRAINED, fed))
    assert [match.line for match in found] == ([line] if line else [])


@pytest.mark.parametrize(
    ("made", "line"),
    [
        ("x = x.reshape(-1, 784) // 255", 1),
        ("x = (x / 255).astype('uint8')", 1),
        ("x = x.reshape(-1, 784)\nx //= 255", 2),
        ("x = x // 128", None),  # a threshold
        ("x = (x > 127).astype('float32')", None),
        ("x = x / 255", None),
    ],
)
def test_a_division_without_fractions_is_told_where_it_stands(made: str, line: int | None) -> None:
    bits = array(64, 784, dtype="uint8", distinct=(0.0, 1.0))
    fed = call("fit", 0, line=made.count("\n") + 2, inputs=(bits,))
    found = matches("scaled-by-whole-division", evidence(f"{made}\nmodel.fit(x, y)", PICTURES, fed))
    assert [match.line for match in found] == ([line] if line else [])
    kept = call("fit", 0, line=made.count("\n") + 2, inputs=(array(64, 784),))
    assert not matches("scaled-by-whole-division", evidence(f"{made}\nmodel.fit(x, y)", PICTURES, kept))


DENSE = model(
    0,
    "model",
    layer("Dense", None, 1, activation="sigmoid", parameters=5),
    inputs=((None, 4),),
    outputs=((None, 1),),
)


@pytest.mark.parametrize(
    ("made", "line"),
    [
        ("data = Dataset.from_tensor_slices((x, y))\ndata = data.shuffle(64)", 2),
        ("rows = Dataset.from_tensor_slices((x, y))\ndata = rows.map(scale)", 2),
        ("rows = Dataset.from_tensor_slices((x, y)).batch(8)\ndata = rows.map(scale)", None),
        ("data = Dataset.from_tensor_slices((x, y))\ndata = data.shuffle(64).batch(8)", None),
        ("data = ready()\ndata = data.shuffle(64)", None),
        ("x = x[0]\ndata = x", None),
    ],
)
def test_a_pipeline_of_single_examples_is_told_where_it_ends(made: str, line: int | None) -> None:
    failed = fault("ValueError", "expected min_ndim=2, found ndim=1", line=3)
    fed = call("fit", 0, line=3, inputs=(array(4),), error="ValueError")
    text = f"{made}\nmodel.fit(data)"
    found = matches("pipeline-not-batched", evidence(text, DENSE, failed, fed))
    assert [(match.line, match.explains) for match in found] == ([(line, (1,))] if line else [])


def test_the_shape_of_an_unbatched_pipeline_is_no_other_mistake() -> None:
    code = "data = Dataset.from_tensor_slices((x, y))\nmodel.fit(data)\n"
    failed = fault("ValueError", "expected min_ndim=2, found ndim=1. Full shape received: (4,)", line=2)
    fed = call("fit", 0, line=2, inputs=(array(4, origin="data-set"),), error="ValueError")
    assert rules_of(code, DENSE, failed, fed) == ["pipeline-not-batched"]


RAW = model(
    0,
    "model",
    layer("Dense", None, 10, activation="softmax", parameters=7850),
    inputs=((None, 784),),
    outputs=((None, 10),),
)


@pytest.mark.parametrize(
    ("dropped", "told"),
    [
        ("data.map(scale)", ["pipeline-dropped"]),
        ("data.shuffle(64)", ["pipeline-dropped", "raw-pixel-input"]),
    ],
)
def test_pixels_stay_raw_because_their_scaling_is_dropped(dropped: str, told: list[str]) -> None:
    code = f"data = Dataset.from_tensor_slices((x, y)).batch(8)\n{dropped}\nmodel.fit(data)\n"
    fed = call("fit", 0, line=3, inputs=(array(8, 784, high=255.0, origin="data-set"),))
    assert sorted(rules_of(code, RAW, fed)) == told


def rules_of(code: str, *events: Event) -> list[str]:
    found = judge(Evidence(listing(code), trace(*events)), [rule for rule in load() if rule.name in _JUDGED])
    return [finding.rule for finding in found]


_JUDGED = {
    "pipeline-not-batched",
    "pipeline-dropped",
    "raw-pixel-input",
    "data-shape-differs-from-model",
    "input-shape-mismatch",
    "uncaught-exception",
}


@pytest.mark.parametrize(
    ("activation", "marked", "fires"),
    [
        (None, (1, 1), True),
        ("relu", (1, 1), True),
        ("softmax", (1, 1), False),  # another rule's
        (None, (0, 3), False),
        (None, None, False),
    ],
)
def test_one_hot_labels_are_no_numbers_to_hit(
    activation: str | None, marked: tuple[int, int] | None, fires: bool
) -> None:
    last = layer("Dense", None, 3, activation=activation, parameters=15)
    seen = model(0, "model", last, inputs=((None, 4),), outputs=((None, 3),))
    targets = array(64, 3, distinct=(0.0, 1.0), marked=marked)
    fed = call("fit", 0, line=2, inputs=(array(64, 4),), targets=(targets,))
    code = "model.compile(loss='mse', optimizer='adam')\nmodel.fit(x, y)"
    found = matches(
        "classes-learned-as-numbers", evidence(code, seen, compiled(0, "mean_squared_error"), fed)
    )
    assert [match.line for match in found] == ([1] if fires else [])


@pytest.mark.parametrize(
    ("made", "fires"),
    [
        ("x = (x - x.mean()) / x.std()", True),
        ("mean = np.mean(x)\nx = (x - mean) / np.std(x)", True),
        ("x = x / np.max(x)", True),
        ("x = (x - x.mean(axis=0)) / x.std(axis=0)", False),
        ("x = (x - x.mean(0)) / x.std(0)", False),
        ("x = (x - np.mean(x, 0)) / 7", False),
        ("frame = pd.read_csv(name)\nx = (frame - frame.mean()) / frame.std()", False),
    ],
)
def test_one_figure_for_features_of_very_different_size(made: str, fires: bool) -> None:
    line = made.count("\n") + 2
    wide, narrow = (call("fit", 0, line=line, inputs=(array(64, 4, spreads=(0.01, y)),)) for y in (2.0, 0.5))
    found = matches("features-scaled-together", evidence(f"{made}\nmodel.fit(x, y)", DENSE, wide))
    assert bool(found) is fires
    assert not found or (found[0].line == 1 and "200 times" in found[0].message)
    assert not matches("features-scaled-together", evidence(f"{made}\nmodel.fit(x, y)", DENSE, narrow))


@pytest.mark.parametrize(
    ("test_part", "low", "high", "fires"),
    [
        ("", 0.1, 7.9, True),
        ("", -2.2, 3.3, False),  # scaled before
        ("x_test = s.transform(x_test)", 0.1, 7.9, False),
        ("x_test -= mean", 0.1, 7.9, False),
        ("x_test[cols] = s.transform(x_test[cols])", 0.1, 7.9, False),
    ],
)
def test_the_part_that_no_scaler_sees(test_part: str, low: float, high: float, fires: bool) -> None:
    code = (
        "x_train, x_test, y_train, y_test = train_test_split(x, y)\nx_train = s.fit_transform(x_train)\n"
        f"{test_part}\nmodel.fit(x_train, y_train)\nmodel.evaluate(x_test, y_test)"
    )
    trained = call("fit", 0, line=4, inputs=(array(64, 4, low=-2.4, high=3.1),))
    shown = call("evaluate", 0, line=5, trains=False, inputs=(array(32, 4, low=low, high=high),))
    found = matches("test-data-scaled-differently", evidence(code, DENSE, trained, shown))
    assert [match.line for match in found] == ([2] if fires else [])
    assert not found or "nothing scales `x_test`, from the same split" in found[0].message


@pytest.mark.parametrize(("high", "fires"), [(346.0, False), (1.0, True)])
def test_numbers_are_not_to_be_squeezed_into_probabilities(high: float, fires: bool) -> None:
    seen = model(0, "model", layer("Dense", None, 1, parameters=5), outputs=((None, 1),))
    fed = call("fit", 0, line=2, inputs=(array(64, 4),), targets=(array(64, 1, high=high),))
    code = "model.compile(loss='binary_crossentropy')\nmodel.fit(x, y)"
    found = evidence(code, seen, compiled(0), fed)
    assert bool(matches("logits-into-probability-loss", found)) is fires
    told = matches("labels-outside-unit-interval", found)
    assert [match.line for match in told] == ([] if fires else [1])
