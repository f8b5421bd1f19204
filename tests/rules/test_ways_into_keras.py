"""Classes that forget their parent, and optimizers that are given the wrong things: told by their cause."""

from __future__ import annotations

import pytest

from tests.rules._traces import array, call, compiled, evidence, fault, layer, matches, model

NET = """\
class Net({parent}):
    def __init__(self, units):
        {first}
        self.units = units


net = Net(8)
"""


@pytest.mark.parametrize(
    ("parent", "first", "message", "lines"),
    [
        ("layers.Layer", "pass", "'Net' object has no attribute 'name'", [2]),
        (
            "Model",
            "pass",
            "In layer `Net`, you forgot to call `super().__init__()` as the first statement",
            [2],
        ),
        ("keras.Model", "super().__init__()", "'Net' object has no attribute 'hidden'", []),
        ("Model", "super(Net, self).__init__()", "'Net' object has no attribute 'hidden'", []),
        ("layers.Layer", "Layer.__init__(self)", "'Net' object has no attribute 'name'", []),
        ("layers.Layer", "pass", "'Other' object has no attribute 'name'", []),
        ("layers.Layer", "pass", "you forgot to call `super().__init__()`", []),
        ("Base", "pass", "'Net' object has no attribute 'name'", []),
    ],
)
def test_a_class_that_forgets_its_parent(parent: str, first: str, message: str, lines: list[int]) -> None:
    kind = "AttributeError" if "object has" in message else "RuntimeError"
    found = evidence(NET.format(parent=parent, first=first), fault(kind, message, line=7))
    told = matches("parent-not-initialised", found)
    assert [match.line for match in told] == lines
    assert all(match.explains == (0,) for match in told)


APPLIED = """\
with tf.GradientTape() as tape:
    loss = f(model(x))
grads = tape.gradient(loss, model.trainable_variables)
{applied}
"""


@pytest.mark.parametrize(
    ("applied", "lines"),
    [
        ("opt.apply_gradients(zip(model.trainable_variables, grads))", [4]),
        ("opt.apply(model.trainable_variables, grads)", [4]),
        ("opt.apply_gradients(zip(model.weights, tape.gradient(loss, model.weights)))", [4]),
        ("opt.apply_gradients(zip(grads, model.trainable_variables))", []),
        ("opt.apply_gradients(zip(model.trainable_variables, other))", []),
        ("pairs = list(zip(model.trainable_variables, grads))", []),
    ],
)
def test_gradients_stand_before_their_variables(applied: str, lines: list[int]) -> None:
    failed = fault("AttributeError", "'EagerTensor' object has no attribute '_unique_id'", line=4)
    told = matches("gradients-after-variables", evidence(APPLIED.format(applied=applied), failed))
    assert [(match.line, match.explains) for match in told] == [(line, (0,)) for line in lines]


LISTED = """\
variables = {listed}
def step(x):
    with tf.GradientTape() as tape:
        loss = f(model(x))
    grads = tape.gradient(loss, variables)
    opt.apply_gradients(zip(grads, variables))
step(x)
"""


@pytest.mark.parametrize(
    ("listed", "message", "lines"),
    [
        ("model.trainable_variables", "not enough values to unpack (expected 2, got 0)", [1]),
        ("model.trainable_weights", "No gradients provided for any variable.", [1]),
        ("model.trainable_variables", "not enough values to unpack (expected 3, got 2)", []),
        ("[]", "not enough values to unpack (expected 2, got 0)", []),
    ],
)
def test_variables_that_are_listed_before_there_are_any(listed: str, message: str, lines: list[int]) -> None:
    told = matches(
        "variables-listed-too-early",
        evidence(LISTED.format(listed=listed), fault("ValueError", message, line=6)),
    )
    assert [(match.line, match.explains) for match in told] == [(line, (0,)) for line in lines]


@pytest.mark.parametrize(
    ("given", "lines"),
    [("x_test", [1]), ("(x_test, y_test)", []), ("make()", [])],
)
def test_validation_needs_targets_too(given: str, lines: list[int]) -> None:
    failed = fault("ValueError", "None values not supported.")
    found = evidence(f"model.fit(x, y, validation_data={given})\n", failed)
    assert [match.line for match in matches("fit-without-targets", found)] == lines


@pytest.mark.parametrize(
    ("first", "told"), [((), "input"), ((layer("Embedding", None, 28, 28),), "sequence"), (None, None)]
)
def test_dense_layers_answer_for_every_place_of_what_they_are_given(
    first: tuple[object, ...] | None, told: str | None
) -> None:
    kinds = (layer("Attention", None, 28, 28),) if first is None else first
    text = "m = Sequential([\n    *start(),\n    Dense(10)])\nm.compile(loss='x')\nm.fit(x, y)\n"
    seen = model(
        0,
        "m",
        layer("InputLayer"),
        *kinds,  # type: ignore[arg-type]
        layer("Dense", None, 28, 10, units=10),
        outputs=((None, 28, 10),),
    )
    message = (
        "Argument `output` must have rank (ndim) `target.ndim - 1`. "
        "Received: target.shape=(None,), output.shape=(None, 28, 10)"
    )
    found = evidence(
        text,
        seen,
        compiled(0, "sparse_categorical_crossentropy", line=4),
        call("fit", 0, line=5, targets=(array(64),), error="ValueError"),
        fault("ValueError", message, line=5),
    )
    (match,) = matches("target-shape-mismatch", found)
    assert (told is not None) == ("`Flatten`" in match.message)
    assert "one number per class" not in match.message
    if told is not None:
        assert f"answers for every place of the {told}" in match.message
