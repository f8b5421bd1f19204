"""Networks that do not suit what they are trained on: rates, places, units, scores without training."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Call, LayerSeen, Severity
from tests.rules._networks import DEEP, MSE, dense, fit, network
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


TWO_TABLES = """\
users = Embedding({users}, 8)(user)
movies = Embedding(60, 8)(movie)
m = Model([user, movie], Dense(1)(Concatenate()([users, movies])))
m.fit([u, v], y)
m.predict([u, v])
"""


@pytest.mark.parametrize(("users", "lines"), [(100, [2]), (60, [])])
def test_an_embedding_inside_a_network_is_known_by_the_number_of_its_rows(
    users: int, lines: list[int]
) -> None:
    tables = [layer("Embedding", None, 1, 8, parameters=8, input_dim=rows) for rows in (users, 60)]
    seen = model(0, "m", *tables, dense(1), kind="Functional", line=3)
    refused = [
        fault("InvalidArgumentError", f"indices[{n}] = 6{n} is not in [0, 60)", line=4) for n in (0, 3)
    ]
    other = fault("InvalidArgumentError", "indices[1] = 8 is not in [0, 7)", line=5)
    found = matches(
        "index-outside-embedding", evidence(TWO_TABLES.format(users=users), seen, *refused, other)
    )
    assert [match.line for match in found] == lines
    for match in found:
        assert match.explains == (1, 2)
        assert "is given the number 63 (line 4), but has rows for 0 to 59 only" in match.message


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


@pytest.mark.parametrize(("other", "units", "lines"), [(0.01, 1, []), (0.01, 3, [2]), (0.5, 1, [2, 4])])
def test_rates_that_an_article_compares_are_left_alone(other: float, units: int, lines: list[int]) -> None:
    """A model of the same layers is trained with a usual rate as well."""
    code = "m = make()\nm.compile(RMSprop(1.0))\nn = make()\nn.compile(RMSprop(rate))"
    again = replace(DEEP, model=1, names=("n",))
    if units != 1:
        again = replace(again, layers=(*again.layers, dense(units)))
    events = (
        compiled(0, "mean_squared_error", line=2, optimizer="RMSprop", learning_rate=1.0),
        compiled(1, "mean_squared_error", line=4, optimizer="RMSprop", learning_rate=other),
    )
    found = matches("learning-rate-out-of-range", evidence(code, DEEP, again, *events, fit(0.0, 1.0)))
    assert [match.line for match in found] == lines


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


@pytest.mark.parametrize(
    ("last", "found"),
    [
        ((dense(3, "relu"), layer("Activation", None, 3, activation="softmax")), [True]),
        ((dense(1, "relu"), layer("Activation", None, 1, activation="sigmoid")), [False]),
        ((dense(3), layer("ReLU", None, 3), layer("Softmax", None, 3)), [True]),
        ((dense(3, "relu"), dense(3, "softmax")), []),
        ((dense(3), layer("LeakyReLU", None, 3), layer("Softmax", None, 3)), []),
        ((dense(3), layer("ReLU", None, 3, negative_slope=0.2), layer("Softmax", None, 3)), []),
        (
            (
                layer("Conv2D", None, 7, 7, 3, activation="relu", parameters=30),
                layer("GlobalAveragePooling2D", None, 3),
                layer("Softmax", None, 3),
            ),
            [],
        ),
    ],
)
def test_a_relu_before_the_last_activation(last: tuple[LayerSeen, ...], found: list[bool]) -> None:
    known = evidence("m = Sequential()", network(dense(8, "relu"), *last))
    told = matches("activation-applied-twice", known)
    assert [match.severity is Severity.WARNING for match in told] == found


def test_a_network_that_was_never_built_is_not_taken_for_one_without_weights() -> None:
    made = [
        replace(dense(units, kind), output_shape=None, parameters=0)
        for units, kind in ((8, "relu"), (1, "sigmoid"))
    ]
    assert not matches("activation-applied-twice", evidence("m = Sequential()", network(*made)))
