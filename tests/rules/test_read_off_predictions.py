"""Classes that are read off a model's predictions: along the wrong axis, or by cutting off probabilities."""

from __future__ import annotations

import pytest

from harness.model import Event
from tests.rules._traces import array, call, evidence, fault, layer, matches, model

SOFTMAX = model(
    0, "model", layer("Dense", None, 3, activation="softmax", parameters=15), outputs=((None, 3),)
)
SIGMOID = model(0, "model", layer("Dense", None, 1, activation="sigmoid", parameters=5), outputs=((None, 1),))


def predicting(*shape: int, line: int = 1) -> Event:
    return call("predict", 0, line=line, trains=False, outputs=(array(*shape),))


def found(rule: str, *code: str, events: tuple[Event, ...]) -> list[str]:
    return [match.message for match in matches(rule, evidence("\n".join(code), *events))]


@pytest.mark.parametrize(
    "code",
    [
        ("classes = np.argmax(model.predict(x))",),
        ("p = model.predict(x)", "y_pred = np.argmax(p, axis=0)"),
        ("p = model.predict(x)", "print((np.argmax(p) == y).mean())"),
        ("p = model.predict(x)", "best = np.argmax(p, axis=0)", "print(accuracy_score(y, best))"),
        ("p = model.predict(x)", "labels = tf.argmax(p)"),
        ("p = model.predict(x)", "labels = p.argmax()"),
    ],
)
def test_an_argmax_along_the_examples_is_told(code: tuple[str, ...]) -> None:
    events = (SOFTMAX, predicting(64, 3))
    (message,) = found("argmax-over-examples", *code, events=events)
    assert "write `axis=1`" in message


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        (("classes = np.argmax(model.predict(x), axis=1)",), (64, 3)),
        (("classes = np.argmax(model.predict(x), axis=-1)",), (64, 3)),
        (("digit = np.argmax(model.predict(x))",), (1, 3)),  # a single example
        (("classes = np.argmax(model.predict(x)[0])",), (64, 3)),
        (("surest = np.argmax(model.predict(x), axis=0)",), (64, 3)),  # may be meant
        (("p = model.predict(x)", "classes = tf.argmax(p, 1)"), (64, 3)),
        (("p = model.predict(x)", "p = p[0]", "classes = np.argmax(p)"), (64, 3)),
    ],
)
def test_an_argmax_along_the_classes_is_left_alone(code: tuple[str, ...], shape: tuple[int, ...]) -> None:
    assert not found("argmax-over-examples", *code, events=(SOFTMAX, predicting(*shape)))


def test_probabilities_that_are_cut_off_are_told_with_the_cure_of_their_activation() -> None:
    code = ("p = model.predict(x)", "print(accuracy_score(y, p.astype('int32')))")
    assert found("probabilities-truncated", *code, events=(SIGMOID, predicting(64, 1))) == [
        "`model` puts out probabilities below 1, of which a conversion to int32 leaves 0 in every case: "
        "compare with a threshold, `> 0.5` first."
    ]
    assert found("probabilities-truncated", *code, events=(SOFTMAX, predicting(64, 3)))


@pytest.mark.parametrize(
    "code",
    [
        "c = (model.predict(x) > 0.5).astype(int)",
        "c = np.round(model.predict(x)).astype(int)",
        "c = (255 * model.predict(x)).astype('uint8')",
        "c = model.predict(x).astype('float64')",
    ],
)
def test_what_is_compared_rounded_or_scaled_first_is_left_alone(code: str) -> None:
    assert not found("probabilities-truncated", code, events=(SIGMOID, predicting(64, 1)))


def test_numbers_without_bounds_may_be_cut_off() -> None:
    linear = model(0, "model", layer("Dense", None, 1, parameters=5), outputs=((None, 1),))
    events = (linear, predicting(64, 1))
    assert not found("probabilities-truncated", "n = model.predict(x).astype(int)", events=events)


LABELS = "x_train, x_test, y_train, y_test = train_test_split(x, y)"


@pytest.mark.parametrize(
    ("code", "fires"),
    [
        (("p = model.predict(x_test)", "print(np.mean(p == y_test))"), True),
        (
            ("p = model.predict(x_test)", "p = p.flatten()", "print(np.mean(p == y_test))"),
            False,
        ),  # bound twice
        (("p = model.predict(x_test)", "flat = p.ravel()", "print((flat != y_test).mean())"), True),
        (("p = np.round(model.predict(x_test))", "print(np.mean(p == y_test))"), False),
        (("p = model.predict(x_test) > 0.5", "print(np.mean(p == y_test))"), False),
        (("p = model.predict(x_test)", "print(np.all(p == again.predict(x_test)))"), False),
        (("p = model.predict(x_test)", "best = p == p.max()"), False),
        (("p = model.predict(x_test)", "print(roc_auc_score(y_test, p))"), False),
    ],
)
def test_probabilities_are_no_labels(code: tuple[str, ...], fires: bool) -> None:
    events = (SIGMOID, predicting(64, 1, line=2))
    told = found("probabilities-compared-with-labels", LABELS, *code, events=events)
    assert bool(told) == fires
    assert not told or "`> 0.5` first" in told[0]


def test_what_scikit_learn_refuses_is_told_with_its_cause() -> None:
    refused = fault(
        "ValueError", "Classification metrics can't handle a mix of binary and continuous targets"
    )
    code = "print(accuracy_score(y, model.predict(x)))"
    rule = "probabilities-compared-with-labels"
    (match,) = matches(rule, evidence(code, SIGMOID, predicting(64, 1), refused))
    assert match.explains == (2,)
    other = fault("ValueError", "Found input variables with inconsistent numbers of samples: [64, 32]")
    assert not matches(rule, evidence(code, SIGMOID, predicting(64, 1), other))


MIXED = "Classification metrics can't handle a mix of multiclass and multilabel-indicator targets"
STRETCHED = "operands could not be broadcast together with shapes (64,3) (64,)"


@pytest.mark.parametrize(
    ("maker", "made", "used", "said", "lines"),
    [
        (SOFTMAX, "(p > 0.5).astype(int)", "(q == y).mean()", STRETCHED, [2]),
        (SOFTMAX, "p >= 0.3", "accuracy_score(y, q)", MIXED, [2]),
        (SOFTMAX, "(p > 0.5).astype(int)", "(q == y).mean()", "another error", []),
        (SOFTMAX, "p.argmax(-1)", "(q == y).mean()", STRETCHED, []),
        (SIGMOID, "(p > 0.5).astype(int)", "(q == y).mean()", STRETCHED, []),
    ],
)
def test_a_threshold_where_one_of_several_classes_is_meant(
    maker: Event, made: str, used: str, said: str, lines: list[int]
) -> None:
    code = f"p = model.predict(x)\nq = {made}\nprint({used})"
    events = (maker, predicting(64, 3), fault("ValueError", said, line=3))
    told = matches("probabilities-compared-with-labels", evidence(code, *events))
    assert [match.line for match in told] == lines
    assert all(match.explains == (2,) and "argmax" in match.message for match in told)
