"""Layers and tapes that TensorFlow refuses: the cause that is told in place of the exception's own words."""

from __future__ import annotations

import pytest

from harness.model import Event
from tests.rules._traces import array, call, compiled, evidence, fault, layer, matches, model

REFUSED = (
    "Only input tensors may be passed as positional arguments. The following argument value should be passed "
    "as a keyword argument: <{kind} name=one, built=False> (of type <class 'keras.src.layers'>)"
)
NO_TENSORS = "All `outputs` values must be KerasTensors. Received: outputs=<Dense name=one, built=False>"


@pytest.mark.parametrize(
    ("code", "message", "line", "after"),
    [
        ("h = Dense(4)\no = Dense(1)(h)", REFUSED.format(kind="Dense"), 1, None),
        (
            "c = Multiply([a, b])\no = Dense(1)(c)",
            REFUSED.format(kind="Multiply"),
            1,
            "Multiply()([a, b])",
        ),
        ("x = Dense(1)(a)\nm = Model(a, Dense(2))", NO_TENSORS, 2, None),
        ("x = Dense(1)(a)\no = Dense(1)(Add([a, x]))", REFUSED.format(kind="Add"), 2, "Add()([a, x])"),
    ],
)
def test_a_layer_in_a_tensors_place(code: str, message: str, line: int, after: str | None) -> None:
    (found,) = matches("layer-not-called", evidence(code, fault("ValueError", message, line=2)))
    assert found.line == line
    assert found.explains == (0,)
    assert (found.fix and found.fix.after) == after


def test_what_else_keras_refuses_is_left_to_its_own_words() -> None:
    code = "h = Dense(4)(a)\no = Dense(1)(h, mask)"
    other = REFUSED.format(kind="Mask").replace("<Mask name=one, built=False>", "None")
    assert not matches("layer-not-called", evidence(code, fault("ValueError", other, line=2)))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = 1\nc = Add()(a, h)", True),
        ("join = layers.Multiply(axis=-1)\nc = join(a, h)", True),
        ("x = 1\nc = Add()([a, h], mask)", True),
        ("x = 1\nc = Add()([a, h])", False),
        ("x = 1\nc = Dense(1)(a, h)", False),
    ],
)
def test_tensors_beside_one_another(code: str, told: bool) -> None:
    refused = fault("TypeError", "too many positional arguments", line=2)
    assert bool(matches("tensors-not-in-a-list", evidence(code, refused))) == told


TWICE = """\
for step in range(9):
    with GradientTape() as other:
        pass
    with GradientTape(){more} as tape:
        loss = model(x)
    a = tape.gradient(loss, one)
    b = tape.gradient(loss, two)
"""
SPENT = "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"


@pytest.mark.parametrize(
    ("more", "after"), [("", "GradientTape(persistent=True)"), (", GradientTape()", None)]
)
def test_a_spent_tape_is_marked_where_it_is_opened(more: str, after: str | None) -> None:
    (found,) = matches(
        "tape-used-twice", evidence(TWICE.format(more=more), fault("RuntimeError", SPENT, line=7))
    )
    assert found.line == 4
    assert (found.fix and found.fix.after) == after


@pytest.mark.parametrize(
    ("low", "high", "values", "line"),
    [
        (0.0, 9 / 255, None, 2),
        (0.0, 2.0, (0.0, 0.5, 2.0), 2),
        (0.0, 9.0, None, None),
        (0.0, 1.0, (0.0, 1.0), None),
    ],
)
def test_classes_are_counted(
    low: float, high: float, values: tuple[float, ...] | None, line: int | None
) -> None:
    code = "y = load()\ny = y / 255\nmodel.compile('adam', 'sparse')\nmodel.fit(x, y)"
    labels = array(64, low=low, high=high, distinct=values)
    events: tuple[Event, ...] = (
        model(0, "model", layer("Dense", None, 10), outputs=((None, 10),)),
        compiled(0, "sparse_categorical_crossentropy", line=3),
        call("fit", 0, line=4, inputs=(array(64, 4),), targets=(labels,)),
    )
    assert [found.line for found in matches("labels-not-whole", evidence(code, *events))] == [line] * bool(
        line
    )


UNPACKED = "loss, accuracy = model.evaluate(x, y)"


@pytest.mark.parametrize(
    ("code", "kind", "message", "told"),
    [
        (UNPACKED, "TypeError", "cannot unpack non-iterable float object", "names no metrics"),
        (UNPACKED, "ValueError", "too many values to unpack (expected 2)", "names others"),
        (
            UNPACKED.replace("evaluate", "predict"),
            "ValueError",
            "too many values to unpack (expected 2)",
            None,
        ),
        (UNPACKED, "ValueError", "x and y differ in length", None),
    ],
)
def test_an_evaluation_that_gives_less(code: str, kind: str, message: str, told: str | None) -> None:
    found = matches("evaluation-unpacked", evidence(code, fault(kind, message)))
    assert [told in match.message for match in found if told] == [True] * (told is not None)
    assert len(found) == (told is not None)


@pytest.mark.parametrize(
    ("given", "right"), [("x_test[0]", "`x_test[0][None]`"), ("image", "`image[None]`"), ("x[:5]", None)]
)
def test_one_example_in_place_of_a_batch(given: str, right: str | None) -> None:
    rows = (28, 28) if right else (5, 30, 28)
    said = "Invalid input shape. Expected shape (None, 28, 28), but input has incompatible shape (28, 28)"
    events = (
        model(0, "model", layer("Flatten"), inputs=((None, 28, 28),), outputs=((None, 10),)),
        call("predict", 0, trains=False, inputs=(array(*rows),), error="ValueError"),
        fault("ValueError", said),
    )
    (found,) = matches("input-shape-mismatch", evidence(f"model.predict({given})", *events))
    assert (f"write {right}" in found.message) if right else ("Reshape the one" in found.message)
