"""Hand-written steps, generators of batches, and layers that stand where they should not."""

from __future__ import annotations

import pytest

from harness.model import Call, LayerSeen
from tests.rules._traces import array, call, compiled, evidence, fault, layer, matches, model, moved, probe

DROPPING = model(0, "m", layer("Dense", None, 8, parameters=40), layer("Dropout", None, 8, rate=0.5))
APPLIED = call("apply", None, line=4, moved=(moved(0),))


def step(flag: str) -> str:
    return (
        f"with tf.GradientTape() as tape:\n    loss = f(m(x{flag}))\n"
        "g = tape.gradient(loss, m.weights)\no.apply(g)"
    )


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("", True),
        (", training=False", True),
        (", training=True", False),
        (", training=training", False),
        (", True", False),
        (", **more", False),
    ],
)
def test_dropout_under_a_tape_needs_the_flag(flag: str, told: bool) -> None:
    assert [m.line for m in matches("dropout-never-drops", evidence(step(flag), DROPPING, APPLIED))] == [
        2
    ] * told


def test_dropout_of_a_model_that_fit_trains_is_left_alone() -> None:
    trained = call("fit", 0, line=4, moved=(moved(0),))
    assert not matches("dropout-never-drops", evidence(step(""), DROPPING, trained))
    idle = model(0, "m", layer("Dense", None, 8, parameters=40), layer("Dropout", None, 8, rate=0))
    assert not matches("dropout-never-drops", evidence(step(""), idle, APPLIED))


NORMALISING = model(0, "m", layer("Dense", None, 8, parameters=40), layer("BatchNormalization", None, 8))


def test_batch_normalisation_that_is_told_not_to_train() -> None:
    said = step(", training=False")
    assert matches("batch-statistics-never-updated", evidence(said, NORMALISING, APPLIED))
    # Statistics that were learned elsewhere may be kept on purpose.
    loaded = f"{said}\nm.load_weights('w')"
    assert not matches("batch-statistics-never-updated", evidence(loaded, NORMALISING, APPLIED))


GENERATOR = "def batches(x):\n    while True:\n        yield x[i:i + 8], y[i:i + 8]\nm.fit(batches(x))"


def fed(same: int, rows: int = 8) -> Call:
    return call("fit", 0, line=4, inputs=(array(rows, 4, same=same),))


def test_a_generator_that_does_not_move_on() -> None:
    (match,) = matches("same-batch-every-step", evidence(GENERATOR, fed(20)))
    assert match.line == 3
    assert match.message.startswith("This generator gave the same 8 rows in each of the first 20 batches")
    assert not matches("same-batch-every-step", evidence(GENERATOR, fed(1)))
    assert not matches("same-batch-every-step", evidence(GENERATOR, fed(20, 5000)))
    whole = GENERATOR.replace("x[i:i + 8], y[i:i + 8]", "x, y")  # all there is
    assert not matches("same-batch-every-step", evidence(whole, fed(20)))


LOSS = (
    "def off(y, p):\n    q = tf.cast(p, tf.float32)\n    return tf.abs(y - tf.round(q + p))\n"
    "m.compile(loss=off)\nm.fit(x, y)"
)


def test_a_loss_that_counts_is_told_where_it_does() -> None:
    seen = model(0, "m", layer("Dense", None, 1, parameters=5))
    failed = call("fit", 0, line=5, error="ValueError")
    stopped = fault("ValueError", "No gradients provided for any variable.", line=5, source="m.fit(x, y)")
    (match,) = matches("gradient-cut", evidence(LOSS, seen, compiled(0, "off", line=4), failed, stopped))
    assert match.line == 3
    assert "`tf.round(...)` in this loss has no gradient" in match.message


def chain(*layers: LayerSeen, kind: str = "Functional") -> bool:
    seen = model(0, "m", *layers, kind=kind, inputs=((None, 4),), outputs=((None, 1),))
    return bool(matches("softmax-between-layers", evidence("m = Model(a, b)", seen)))


HIDDEN = (layer("Dense", None, 8, activation="softmax", parameters=40), layer("Dense", None, 1, parameters=9))


def test_a_softmax_between_the_layers_of_a_plain_functional_model() -> None:
    assert chain(layer("InputLayer"), *HIDDEN)
    assert not chain(layer("InputLayer"), HIDDEN[0], layer("Multiply"), HIDDEN[1])  # weighs something


def test_a_softmax_over_the_batch_counts_in_a_model_that_is_used() -> None:
    seen = model(0, "m", layer("Dense", None, 3, parameters=15), layer("Softmax", None, 3))
    used = call("fit", 0, line=2)
    code = "m = Sequential([Dense(3), Softmax(axis={})])\nm.fit(x, y)"
    assert [m.line for m in matches("softmax-over-batch", evidence(code.format(0), seen, used))] == [1]
    assert not matches("softmax-over-batch", evidence(code.format(1), seen, used))
    assert not matches("softmax-over-batch", evidence(code.format(0), seen))


def test_layers_that_a_loop_adds_are_told_where_it_does() -> None:
    layers = [layer("Dense", None, 8, activation="sigmoid", parameters=72) for _ in range(7)]
    seen = model(0, "m", *layers, layer("Dense", None, 1, parameters=9))
    code = "m = Sequential()\nfor n in widths:\n    m.add(Dense(n, activation='sigmoid'))\nm.add(Dense(1))"
    flow = [{"layer": "dense", "size": 10.0 ** (place - 7)} for place in range(8)]
    measured = probe("layers", (0,), rows=32, silent=[], flow=flow)
    assert [m.line for m in matches("vanishing-gradient", evidence(code, seen, measured))] == [3]
