"""What a model is fed and trained towards: unscaled features, several labels, its own target."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import LayerSeen, Severity
from harness.rules import load
from harness.rules._judge import judge
from tests.rules._networks import DEEP, MSE, dense, fit, network
from tests.rules._traces import (
    array,
    call,
    compiled,
    evidence,
    layer,
    matches,
    moved,
)

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


def test_a_few_rows_far_larger_than_what_a_scaler_made() -> None:
    code = "x = s.fit_transform(raw)\nm = n\nm.fit(x, y)\nm.predict(new)"
    shown = call("predict", 0, line=4, trains=False, inputs=(array(1, 4, high=600.0),))
    found = evidence(code, DEEP, fit(-3.0, 3.0), shown)
    assert [m.line for m in matches("test-data-scaled-differently", found)]
    plain = evidence(code.replace("s.fit_transform(raw)", "raw"), DEEP, fit(-3.0, 3.0), shown)
    assert not matches("test-data-scaled-differently", plain)  # how far does a line carry?
    small = replace(shown, inputs=(array(1, 4, high=0.001),))
    assert not matches("test-data-scaled-differently", evidence(code, DEEP, fit(-3.0, 3.0), small))


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


@pytest.mark.parametrize(
    ("argument", "cut", "found"),
    [("x", True, [3]), ("validation_data", True, [3]), ("x", False, []), (None, True, [])],
)
def test_a_pipeline_without_end_needs_a_number_of_steps(
    argument: str | None, cut: bool, found: list[int]
) -> None:
    fitted = call("fit", 0, line=3, cut=cut, endless=argument)
    known = evidence(CODE, DEEP, MSE, fitted, fitted)
    assert [match.line for match in matches("endless-pipeline", known)] == found


@pytest.mark.parametrize(
    ("trained", "shown", "reach", "found"),
    [
        (1.0, 1300.0, 1.0, [5]),
        (1300.0, 1.0, 1.0, [5]),
        (1.0, 1.2, 1.0, []),
        (1.0, 1300.0, 30.0, []),  # the examples reach further, too: how far does a model carry?
    ],
)
def test_targets_are_tested_in_the_units_of_the_training(
    trained: float, shown: float, reach: float, found: list[int]
) -> None:
    code = "m = load()\nx, v = load()\ny = load()\nw = load()\nw = w[5:]\nm.fit(x, y)\nm.evaluate(v, w)"
    fitted = call("fit", 0, line=6, inputs=(array(64, 4),), targets=(array(64, 1, high=trained),))
    tested = call(
        "evaluate", 0, line=7, inputs=(array(64, 4, high=reach),), targets=(array(64, 1, high=shown),)
    )
    told = matches("test-data-scaled-differently", evidence(code, DEEP, MSE, fitted, tested))
    assert [match.line for match in told] == found
    labels = replace(tested, targets=(array(64, 1, high=shown, distinct=(0.0, shown)),))
    assert not matches("test-data-scaled-differently", evidence(code, DEEP, MSE, fitted, labels))
