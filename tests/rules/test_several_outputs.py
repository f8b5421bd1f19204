"""Models with several outputs: losses in another order, and layers that stand side by side."""

from __future__ import annotations

from dataclasses import replace

from tests.rules._traces import array, call, compiled, evidence, fault, layer, matches, model

SPARSE, SQUARED = "sparse_categorical_crossentropy", "mean_squared_error"
NETWORK = model(
    0,
    "model",
    layer("InputLayer", None, 8),
    layer("Dense", None, 32, activation="relu", parameters=288),
    layer("Dense", None, 1, parameters=33),
    layer("Dense", None, 4, activation="softmax", parameters=132),
    inputs=((None, 8),),
    outputs=((None, 1), (None, 4)),
    kind="Functional",
)
CODE = "h = Dense(32, activation='relu')(i)\na = Dense(1)(h)\nb = Dense(4, activation='softmax')(h)\nfit()"


def test_losses_in_another_order_than_the_outputs() -> None:
    swapped = replace(compiled(0, line=2), losses=(SPARSE, SQUARED))
    targets = (array(64, 1, low=70.0, high=130.0), array(64, high=3.0, dtype="int64"))
    fed = call("fit", 0, line=4, inputs=(array(64, 8),), targets=targets, error="InvalidArgumentError")
    raised = fault("InvalidArgumentError", "Graph execution error:", line=4)
    (match,) = matches("label-outside-units", evidence(CODE, NETWORK, swapped, fed, raised))
    assert (match.line, match.explains) == (2, (3,))
    assert match.message == (
        "Output 1 of `model` has 1 unit, and `sparse_categorical_crossentropy` is given labels up to 130 for "
        "it. The losses stand in another order than the outputs."
    )
    right = replace(swapped, losses=(SQUARED, SPARSE))
    assert not matches("label-outside-units", evidence(CODE, NETWORK, right, fed, raised))


def test_layers_that_stand_side_by_side_are_not_in_a_row() -> None:
    trained = call("fit", 0, line=4, inputs=(array(64, 8),), targets=(array(64, 1), array(64)))
    both = replace(compiled(0, line=2), losses=(SQUARED, SPARSE))
    assert not matches("missing-nonlinearity", evidence(CODE, NETWORK, both, trained))
