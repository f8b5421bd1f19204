"""Predictions of the shape (n, 1) beside targets of the shape (n,), which NumPy stretches in silence."""

from __future__ import annotations

import pytest

from harness.model import DataLoaded, Event
from tests.rules._traces import array, call, evidence, layer, matches, model

NETWORK = model(0, "model", layer("Dense", None, 1, parameters=5))
TRAINED = call("fit", 0, line=2, inputs=(array(64, 4),), targets=(array(64, low=-1.0),))


def predicting(line: int = 3, *shape: int) -> Event:
    return call("predict", 0, line=line, trains=False, outputs=(array(*shape or (64, 1)),))


def found(*code: str, events: tuple[Event, ...] = (TRAINED, predicting())) -> list[int]:
    source = "\n".join(("x, y = data()", "model.fit(x, y)", *code))
    return [match.line for match in matches("column-against-row", evidence(source, NETWORK, *events))]


@pytest.mark.parametrize(
    "code",
    [
        ("p = model.predict(x)", "print(np.mean((p - y) ** 2))"),
        ("p = model.predict(x, verbose=0)", "print(np.abs(y - p).mean())"),
        ("p = (model.predict(x) > 0.5).astype(int)", "print((p == y).mean())"),
        ("p = np.round(model.predict(x))", "print(np.mean(y == p))"),
        ("p = 10 * model.predict(x)", "print(np.mean((p / 10 - y) ** 2))"),
        ("print('the error is', np.mean(", "    (model.predict(x) - y) ** 2))"),
    ],
)
def test_a_column_and_a_row_are_told_where_they_meet(code: tuple[str, str]) -> None:
    events = (TRAINED, predicting(4 if code[0].startswith("print") else 3))
    assert found(*code, events=events) == [4]


def test_the_shapes_and_the_cure_are_told() -> None:
    source = "x, y = data()\nmodel.fit(x, y)\np = model.predict(x)\nprint(np.mean((p - y) ** 2))"
    (match,) = matches("column-against-row", evidence(source, NETWORK, TRAINED, predicting()))
    assert match.message == (
        "`p` is a column of the shape (64, 1) and `y` a row: NumPy takes each with each and makes a table of "
        "64 rows. Make the predictions a row first (`[:, 0]`)."
    )


@pytest.mark.parametrize(
    "code",
    [
        ("p = model.predict(x)[:, 0]", "print(np.mean((p - y) ** 2))"),
        ("p = model.predict(x).flatten()", "print(np.mean((p - y) ** 2))"),
        ("p = np.squeeze(model.predict(x))", "print(np.mean((p - y) ** 2))"),
        ("p = model.predict(x)", "print(np.mean((p - y[:, None]) ** 2))"),
        ("p = model.predict(x)", "p = p.ravel()", "print(np.mean((p - y) ** 2))"),
        ("p = model.predict(x)", "y = y.reshape(-1, 1)", "print(np.mean((p - y) ** 2))"),
        ("p = model.predict(x)", "print(mean_squared_error(y, p))"),
        ("p = model.predict(x)", "def rmse(p, y):", "    return np.mean((p - y) ** 2)"),
        ("p = other.predict(x)", "print(np.mean((p - y) ** 2))"),
        ("p = model.predict(x)", "print(np.mean((p - mean) ** 2))"),
    ],
)
def test_what_has_or_may_have_another_shape_is_left_alone(code: tuple[str, ...]) -> None:
    assert found(*code) == []


def test_a_range_of_the_targets_is_a_row_as_they_are() -> None:
    code = ("p = model.predict(x[64:])", "print(np.mean((p - y[64:]) ** 2))")
    assert found(*code, events=(TRAINED, predicting(3, 10, 1))) == [4]
    assert found(code[0], "print(p - y[0])", events=(TRAINED, predicting(3, 10, 1))) == []


def test_other_shapes_are_left_alone() -> None:
    code = ("p = model.predict(x)", "print(np.mean((p - y) ** 2))")
    assert found(*code, events=(TRAINED, predicting(3, 64))) == []
    assert found(*code, events=(TRAINED, predicting(3, 32, 1))) == []
    columns = call("fit", 0, line=2, targets=(array(64, 1),))
    assert found(*code, events=(columns, predicting())) == []
    assert found(*code, events=(predicting(),)) == []


@pytest.mark.parametrize(("shape", "lines"), [((102,), [3]), ((102, 1), [])])
def test_targets_of_a_built_in_data_set_are_known(shape: tuple[int, ...], lines: list[int]) -> None:
    source = "(x, y), (v, w) = boston_housing.load_data()\np = model.predict(v)\nprint(np.mean((w - p) ** 2))"
    loaded = DataLoaded(0, 1, "boston_housing", ((404, 13), (404,), (102, 13), shape), None)
    seen = evidence(source, NETWORK, loaded, predicting(2, 102, 1))
    assert [match.line for match in matches("column-against-row", seen)] == lines


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("p = model.predict(x_test)\nprint(np.mean((y_test - p) ** 2))", [4]),
        (
            "p = model.predict(x_train)\nprint(np.mean((y_test - p) ** 2))",
            [],
        ),  # of another length, and raises
        ("p = model.predict(x_test)\nprint(np.mean((y_test - p[:, 0]) ** 2))", []),
        ("y_test = y_test[:, None]; p = model.predict(x_test)\nprint(np.mean((y_test - p) ** 2))", []),
    ],
)
def test_labels_have_the_axes_of_those_of_the_other_part(code: str, lines: list[int]) -> None:
    source = "x_train, x_test, y_train, y_test = train_test_split(x, y)\nmodel.fit(x_train, y_train)\n" + code
    events = (TRAINED, predicting(3, 32, 1))
    assert [m.line for m in matches("column-against-row", evidence(source, NETWORK, *events))] == lines


PARTS = """\
x, y = windows()
x_train, x_test, {names}
model.fit(x_train, y_train)
p = model.predict(x_test)
print(np.mean((p - y_test) ** 2))
"""


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        ("y_train, y_test = x[:64], x[64:], y[:64], y[64:]", [5]),
        ("y_train, y_test = x[:64], x[64:], y[:64], z[64:]", []),
        ("y_train, y_test = x[:64], x[64:], y[:64], y[64:, None]", []),
    ],
)
def test_ranges_of_one_row_are_rows(names: str, lines: list[int]) -> None:
    trained = call("fit", 0, line=3, inputs=(array(64, 4),), targets=(array(64, low=-1.0),))
    known = evidence(PARTS.format(names=names), NETWORK, trained, predicting(4, 16, 1))
    assert [match.line for match in matches("column-against-row", known)] == lines
