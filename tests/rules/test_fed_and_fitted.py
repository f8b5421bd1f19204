"""What a model is fed and trained towards: unscaled features, several labels, its own target."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Call, LayerSeen, ModelSeen, Severity
from harness.rules import load
from harness.rules._judge import judge
from tests.rules._traces import (
    array,
    call,
    compiled,
    evidence,
    fault,
    layer,
    matches,
    model,
    moved,
    noticed,
    probe,
)


def network(*layers: LayerSeen, number: int = 0, outputs: tuple[int | None, ...] = (None, 1)) -> ModelSeen:
    return model(number, "m", *layers, inputs=((None, 4),), outputs=(outputs,))


def dense(units: int, activation: str | None = None) -> LayerSeen:
    return layer("Dense", None, units, activation=activation, parameters=5 * units)


DEEP = network(dense(8, "relu"), dense(1))
MSE = compiled(0, "mean_squared_error")


def fit(low: float, high: float, **more: object) -> Call:
    inputs = (array(64, 4, low=low, high=high),)
    return call("fit", 0, line=3, inputs=inputs, targets=(array(64),), **more)  # type: ignore[arg-type]


CODE = "x = load()\na, b = train_test_split(x)\nm.fit(a, y)"


def test_features_in_the_thousands_are_told_where_they_are_made() -> None:
    (match,) = matches("features-not-scaled", evidence(CODE, DEEP, MSE, fit(0.0, 90000.0)))
    assert match.line == 1
    assert match.message == (
        "`m` is fed numbers from 0 to 90000 in line 3; scale each feature to about unit size first."
    )


def test_features_over_which_the_loss_breaks_down_are_an_error() -> None:
    broken = fit(0.0, 300.0, losses=(float("nan"),))
    (match,) = matches("features-not-scaled", evidence(CODE, DEEP, MSE, broken))
    assert match.severity is Severity.ERROR
    assert not matches("features-not-scaled", evidence(CODE, DEEP, MSE, fit(0.0, 300.0)))


@pytest.mark.parametrize(
    "layers",
    [
        (dense(1),),  # a single layer: a straight line
        (layer("Normalization", None, 4, parameters=9), dense(8), dense(1)),
        (dense(8), layer("BatchNormalization", None, 8, parameters=32), dense(1)),
        (layer("Embedding", None, 4, 8, parameters=80), dense(8), dense(1)),
        (layer("Lambda", None, 4), dense(8), dense(1)),  # it may scale
    ],
)
def test_networks_that_may_take_large_numbers_are_left_alone(layers: tuple[LayerSeen, ...]) -> None:
    assert not matches("features-not-scaled", evidence(CODE, network(*layers), MSE, fit(0.0, 90000.0)))


def several(end: str, marked: tuple[int, int] | None) -> list[str]:
    seen = network(dense(8, "relu"), dense(4, end), outputs=(None, 4))
    target = array(64, 4, distinct=(0.0, 1.0), marked=marked)
    trained = call("fit", 0, line=3, inputs=(array(64, 5),), targets=(target,))
    found = evidence(CODE, seen, compiled(0, "categorical_crossentropy"), trained)
    return [match.message for match in matches("softmax-over-several-labels", found)]


def test_several_labels_under_a_softmax() -> None:
    assert several("softmax", (0, 3)) == [
        "Up to 3 labels hold at once for one example, but `m` ends in a softmax, whose values share a sum of "
        "1. Give it a sigmoid, and compile with `binary_crossentropy`."
    ]
    assert not several("softmax", (1, 1))
    assert not several("softmax", (0, 1))  # a class for "none of them" may be left out on purpose
    assert not several("sigmoid", (0, 3))
    assert not several("softmax", None)


@pytest.mark.parametrize(
    ("loss", "end", "units", "values", "told"),
    [
        ("mean_squared_error", "softmax", 3, (0.0, 1.0), True),
        ("mean_absolute_error", "softmax", 3, (0.0, 1.0), True),
        ("mean_absolute_error", "sigmoid", 1, (0.0, 1.0), True),
        ("mean_squared_error", "sigmoid", 1, (0.0, 1.0), False),
        ("mean_squared_error", "softmax", 3, None, False),  # probabilities
        ("mean_squared_error", None, 3, (0.0, 1.0), False),
        ("categorical_crossentropy", "softmax", 3, (0.0, 1.0), False),
    ],
)
def test_errors_of_numbers_on_classes(
    loss: str, end: str | None, units: int, values: tuple[float, ...] | None, told: bool
) -> None:
    seen = network(dense(8, "relu"), dense(units, end), outputs=(None, units))
    trained = call("fit", 0, line=3, inputs=(array(64, 4),), targets=(array(64, units, distinct=values),))
    found = matches("squared-error-over-softmax", evidence(CODE, seen, compiled(0, loss), trained))
    assert bool(found) is told


TABLE = "x = load()\ny = x[:, 4]\nm.fit(x, y)"
SERIES = "w, t = [], []\nt.append(s[i])\nx, y = np.array(w), np.array(t)\ny = np.array(t)\nm.fit(x, y)"


def among(place: int | None, *shape: int, windows: bool = False, code: str = TABLE) -> list[tuple[int, str]]:
    target = array(shape[0], among=place)
    trained = call(
        "fit", 0, line=code.count("\n") + 1, inputs=(array(*shape, windows=windows),), targets=(target,)
    )
    return [(m.line, m.message) for m in matches("target-among-inputs", evidence(code, DEEP, MSE, trained))]


def test_a_column_that_holds_the_target_is_told_where_the_table_is_made() -> None:
    ((line, message),) = among(4, 64, 5)
    assert line == 1
    assert message.startswith("Column 4 of the 5 inputs is the target itself")


@pytest.mark.parametrize(
    "code",
    [
        "x = np.array([[1] * 9, [0] * 9] * 64)\ny = np.array([1, 0] * 64)\nm.fit(x, y)",
        "for i in range(64):\n    row = np.random.rand(5)\n    x[i], y[i] = row, row[1]\nm.fit(x, y)",
    ],
)
def test_made_up_rows_that_hold_their_answer_are_left_alone(code: str) -> None:
    assert not among(4, 64, 9, code=code)


def test_a_window_that_ends_in_its_target_is_told_where_the_targets_are_gathered() -> None:
    ((line, message),) = among(9, 64, 10, windows=True, code=SERIES)
    assert line == 2
    assert "let it be the one behind the window" in message
    assert among(18, 64, 10, 2, windows=True, code=SERIES)


def test_targets_that_are_found_elsewhere_are_left_alone() -> None:
    assert not among(None, 64, 5)
    assert not among(0, 64, 2)  # one of two
    assert not among(0, 64, 10, windows=True)  # the first value is to be found again
    assert not among(9, 64, 10, 1)  # sequences of their own


def side(*shape: int, settings: str = "channels_last") -> list[int]:
    first = layer("Conv2D", None, 1, 28, 8, parameters=80, filters=8, data_format=settings)
    seen = model(0, "m", first, layer("Flatten"), dense(10), inputs=((None, *shape),))
    trained = call("fit", 0, line=1, inputs=(array(64, *shape),))
    return [m.line for m in matches("channels-first-input", evidence("m = Sequential()", seen, trained))]


def test_images_with_their_channels_first() -> None:
    assert side(1, 28, 28)
    assert side(3, 32, 32)
    assert not side(28, 28, 1)
    assert not side(1, 28, 28, settings="channels_first")
    assert not side(1, 4, 4)  # too small to be sure
    assert not side(1, 100, 12)  # a strip, of a signal perhaps


def test_an_embedding_with_too_few_rows_accounts_for_what_fails_over_it() -> None:
    first = layer("Embedding", None, 20, 4, parameters=200, input_dim=50)
    seen = model(0, "m", layer("InputLayer"), first, dense(1))
    failed = call("fit", 0, line=2, inputs=(array(64, 20, high=50.0),), error="InvalidArgumentError")
    stopped = fault("InvalidArgumentError", "indices[0] = 50 is not in [0, 50)", line=2)
    code = "m = Sequential([Input((20,)), Embedding(50, 4), Dense(1)])\nm.fit(x, y)"
    (match,) = matches("index-outside-embedding", evidence(code, seen, failed, stopped))
    assert (match.line, match.explains) == (1, (2,))
    assert "Give it an `input_dim` of 51 or more" in match.message
    inside = replace(failed, inputs=(array(64, 20, high=49.0),), error=None)
    assert not matches("index-outside-embedding", evidence(code, seen, inside))


RATE = "o = SGD(0.1)\nm.compile(optimizer=o)\nm.fit(x, y)"


def rate(value: float, trained: Call, optimizer: str = "SGD", *, silent: int = 0) -> list[tuple[int, str]]:
    layers = probe(
        "layers", (0,), rows=32, silent=[{"layer": "dense", "units": 8, "silent": silent}], flow=[]
    )
    event = compiled(0, "mean_squared_error", line=2, optimizer=optimizer, learning_rate=value)
    found = matches("learning-rate-out-of-range", evidence(RATE, DEEP, event, trained, layers))
    return [(match.line, match.message) for match in found]


def test_rates_of_plain_descent_are_told_by_their_harm() -> None:
    broken = fit(0.0, 1.0, losses=(float("inf"),))
    still = fit(0.0, 1.0, moved=(moved(0, 1e-7),), updates=30)
    assert rate(0.1, broken)[0][0] == 1  # where the optimizer is made
    assert "put out 0 for all examples" in rate(0.1, fit(0.0, 1.0), silent=8)[0][1]
    assert "in 30 updates no weight has moved by more than 1e-07" in rate(1e-7, still)[0][1]
    assert "steps up the slope" in rate(-0.01, fit(0.0, 1.0))[0][1]
    assert not rate(0.1, fit(0.0, 1.0))  # nothing happened
    assert not rate(0.1, fit(0.0, 1.0), silent=5)
    assert not rate(0.01, broken)  # the default: something else is wrong
    assert not rate(0.1, fit(0.0, 500.0, losses=(float("inf"),)))  # by the inputs, at any rate
    assert not rate(1e-7, fit(0.0, 1.0, moved=(moved(0, 0.1),), updates=30))


def test_adadelta_stands_still_at_its_default_rate() -> None:
    still = fit(0.0, 1.0, moved=(moved(0, 2e-5),), updates=30)
    ((line, message),) = rate(0.001, still, "Adadelta")
    assert line == 2  # where it is named
    assert "in 30 updates no weight has moved by more than 2e-05" in message
    assert rate(0.0010000000474974513, still, "Adadelta")  # as TensorFlow holds it
    assert not rate(1.0, still, "Adadelta")  # the rate it is made for: something else is wrong
    assert not rate(0.001, fit(0.0, 1.0, moved=(moved(0, 0.01),), updates=30), "Adadelta")
    assert not rate(0.001, fit(0.0, 1.0, moved=(moved(0, 2e-5),), updates=1), "Adadelta")
    assert not rate(0.001, still, "Adam")


def test_a_rate_is_told_where_the_optimizer_is_made() -> None:
    code = "o = Adam(1.0)\nm.compile(optimizer=o)\nm.fit(x, y)"
    event = compiled(0, "mean_squared_error", line=2, optimizer="Adam", learning_rate=1.0)
    (found,) = matches("learning-rate-out-of-range", evidence(code, DEEP, event, fit(0.0, 1.0)))
    assert found.line == 1


EVALUATED = call("evaluate", 0, line=2, trains=False, inputs=(array(64, 4),))


def untrained(code: str, *events: object) -> list[str]:
    found = evidence(code, DEEP, *events, EVALUATED)  # type: ignore[arg-type]
    return [match.message for match in matches("evaluated-without-training", found)]


def test_a_model_that_is_evaluated_without_any_training() -> None:
    (message,) = untrained("m = Sequential()\nm.evaluate(x, y)")
    assert "nothing has trained it" in message


def test_a_model_that_is_evaluated_in_place_of_the_trained_one() -> None:
    other = replace(DEEP, model=1, names=("n",))
    code = "n.fit(x, y)\nm.evaluate(x, y)"
    (message,) = untrained(code, other, call("fit", 1, line=1, inputs=(array(64, 4),)))
    assert "another one than the model that was trained" in message


@pytest.mark.parametrize(
    "code",
    [
        "m = build()\nm.evaluate(x, y)\nm.load_weights('w')",
        "m = load_model('m.keras')\nm.evaluate(x, y)",
        "m = build()\nm.evaluate(x, y)  # the untrained network",
        "print('before training')\nm.evaluate(x, y)",
        "m = ResNet50(weights='imagenet')\nm.evaluate(x, y)",
    ],
)
def test_scores_of_random_weights_on_purpose_are_left_alone(code: str) -> None:
    assert not untrained(code)


def test_a_training_at_any_time_keeps_the_rule_silent() -> None:
    assert not untrained("m = build()\nm.evaluate(x, y)\nm.fit(x, y)", fit(0.0, 1.0))
    assert not untrained("m = build()\nm.evaluate(x, y)\nm.fit(x, y)")  # in the text, and not reached


LAYER = "class Own(Layer):\n    def build(self, shape):\n        self.w = tf.Variable(1.0)\nm.fit(x, y)"


def test_a_variable_that_keras_does_not_train() -> None:
    seen = replace(DEEP, untracked=(("Own", "w"),))
    (match,) = matches("variable-not-trained", evidence(LAYER, seen, fit(0.0, 1.0)))
    assert match.line == 3
    by_hand = LAYER.replace("m.fit", "tape.gradient(loss, [own.w])\nm.fit")
    assert not matches("variable-not-trained", evidence(by_hand, seen, fit(0.0, 1.0)))
    assigned = f"{LAYER}\nown.w.assign_add(1.0)"
    assert not matches("variable-not-trained", evidence(assigned, seen, fit(0.0, 1.0)))
    assert not matches("variable-not-trained", evidence(LAYER, seen, noticed("x", "not trained")))


def test_a_few_rows_far_larger_than_what_a_scaler_made() -> None:
    code = "x = s.fit_transform(raw)\nm = n\nm.fit(x, y)\nm.predict(new)"
    shown = call("predict", 0, line=4, trains=False, inputs=(array(1, 4, high=600.0),))
    found = evidence(code, DEEP, fit(-3.0, 3.0), shown)
    assert [m.line for m in matches("test-data-scaled-differently", found)]
    plain = evidence(code.replace("s.fit_transform(raw)", "raw"), DEEP, fit(-3.0, 3.0), shown)
    assert not matches("test-data-scaled-differently", plain)  # how far does a line carry?
    small = replace(shown, inputs=(array(1, 4, high=0.001),))
    assert not matches("test-data-scaled-differently", evidence(code, DEEP, fit(-3.0, 3.0), small))


def places(*layers: LayerSeen, outputs: tuple[int | None, ...], code: str) -> list[tuple[int, str]]:
    seen = replace(network(*layers, outputs=outputs), names=("m",))
    trained = call("fit", 0, line=9, inputs=(array(64, 10, 4),), targets=(array(64, 1),))
    found = evidence(code, seen, MSE, trained)
    return [(match.line, match.message) for match in matches("targets-broadcast", found)]


def test_a_recurrent_layer_that_answers_for_every_step_is_told_itself() -> None:
    code = "m = Sequential()\nm.add(LSTM(8, return_sequences=True))\nm.add(Dense(1))"
    lstm = layer("LSTM", None, 10, 8, parameters=400, return_sequences=True)
    ((line, message),) = places(lstm, dense(1), outputs=(None, 10, 1), code=code)
    assert line == 2
    assert message.endswith("leave `return_sequences` out of the last recurrent layer.")


def test_a_dense_layer_over_the_places_of_an_image_is_told_itself() -> None:
    code = "m = Sequential()\nm.add(Conv2D(8, 3))\nm.add(Dense(9))\nm.add(Dense(1))"
    conv = layer("Conv2D", None, 5, 5, 8, parameters=80)
    ((line, message),) = places(conv, dense(9), dense(1), outputs=(None, 5, 5, 1), code=code)
    assert line == 3
    assert message.endswith("put a `Flatten` or a global pooling before it.")


def test_too_few_units_are_told_at_the_last_layer() -> None:
    code = "m = Sequential()\nm.add(Dense(8))\nm.add(Dense(3))"
    ((line, message),) = places(dense(8), dense(3), outputs=(None, 3), code=code)
    assert line == 3
    assert "Give its last layer 1 unit" in message


def spoken(code: str, *events: object) -> list[str]:
    """The rules about the run that are left once echoes are dropped, notes apart."""
    rules = [rule for rule in load() if rule.needs != "source"]
    findings = judge(evidence(code, *events), rules)  # type: ignore[arg-type]
    return [finding.rule for finding in findings if finding.severity is not Severity.NOTE]


def test_one_mistake_is_told_once() -> None:
    code = "m = Sequential([Dense(8, activation='relu'), Dense(4, activation='softmax')])\n\nm.fit(x, y)"
    seen = network(dense(8, "relu"), dense(4, "softmax"), outputs=(None, 4))
    target = array(64, 4, distinct=(0.0, 1.0), marked=(0, 3))
    trained = call("fit", 0, line=3, inputs=(array(64, 5),), targets=(target,), moved=(moved(0),))
    assert spoken(code, seen, compiled(0, line=2), trained) == ["softmax-over-several-labels"]
    errors = compiled(0, "mean_squared_error", line=2)
    assert spoken(code, seen, errors, trained) == ["softmax-over-several-labels"]


def test_what_follows_from_numbers_that_are_not_finite_is_not_told_apart() -> None:
    empty = array(64, 4, finite=False)
    trained = call("fit", 0, line=3, inputs=(empty,), targets=(array(64),), moved=(moved(0, 0.0),))
    assert spoken("m = Sequential()\n\nm.fit(x, y)", DEEP, MSE, trained) == ["not-finite"]
