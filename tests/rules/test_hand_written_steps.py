"""Hand-written steps: optimizers made anew and their rates, blocks of layers, slices, and loss objects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Call, LossTaken, Step
from tests.rules._gans import DISCRIMINATOR, LOADED, Program, d_step, fake, real
from tests.rules._traces import (
    array,
    call,
    evidence,
    fault,
    layer,
    matches,
    model,
    moved,
    noticed,
    pair,
)

LOOP = """\
def step(x):
    {inside}
    with tf.GradientTape() as tape:
        loss = cost(model(x))
    optimizer.apply_gradients(zip(tape.gradient(loss, model.weights), model.weights))


{before}
for x in data:
    step(x)
"""
TRAINED = Step((0,), (0,), (), None, exact=False, line=4)


def applied(number: int, after: int) -> Call:
    made = call("apply", None, line=5, moved=(moved(0),), steps=(TRAINED,))
    return replace(made, optimizer_id=number, iterations=(after - 1, after), count=1)


@pytest.mark.parametrize(
    ("calls", "inside", "found"),
    [
        ([applied(n, 1) for n in range(4)], "optimizer = Adam()", [2]),
        ([applied(n, 1) for n in range(4)], "optimizer = make()", [2]),
        ([applied(0, n + 1) for n in range(4)], "pass", []),
        ([applied(n, 1) for n in range(2)], "optimizer = Adam()", []),  # two networks, as it may be
    ],
)
def test_an_optimizer_outlives_a_step(calls: list[Call], inside: str, found: list[int]) -> None:
    source = LOOP.format(inside=inside, before="optimizer = Adam()")
    known = evidence(source, model(0, "model"), *calls)
    assert [match.line for match in matches("optimizer-reset-in-loop", known)] == found


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ("optimizer = Adam(0.5)", [8]),
        ("optimizer = keras.optimizers.RMSprop(learning_rate=0.3)", [8]),
        ("optimizer = Adam(1e-3)", []),
        ("optimizer = SGD(0.5)", []),
        ("optimizer = Adam(schedule)", []),
    ],
)
def test_the_rate_of_an_applied_optimizer_is_read_where_it_is_made(made: str, found: list[int]) -> None:
    two = (layer("Dense", None, 4, parameters=9), layer("Dense", None, 1, parameters=9))
    known = evidence(LOOP.format(inside="pass", before=made), model(0, "model", *two), applied(0, 1))
    assert [match.line for match in matches("learning-rate-out-of-range", known)] == found


BLOCKS = """\
model = build()
with tf.GradientTape() as tape:
    loss = cost(model(x{flag}))
"""


@pytest.mark.parametrize(("flag", "found"), [("", [3]), (", training=True", [])])
def test_batch_normalisation_in_a_block_is_the_model_s(flag: str, found: list[int]) -> None:
    block = model(1, "block", layer("BatchNormalization", None, 4, parameters=9))
    block = replace(block, names=())
    whole = model(0, "model", layer("Sequential", None, 4, model=1), contains=(1,))
    train = call("function", None, line=3, moved=(moved(0), moved(1)), steps=(TRAINED,))
    known = evidence(BLOCKS.format(flag=flag), block, whole, train)
    assert [match.line for match in matches("batch-statistics-never-updated", known)] == found


SLICED = """\
rows = 32
for step in range(20000):
    real = {rows}
    discriminator.train_on_batch(real, ones)
    start = step * 32
"""


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("x_train[0:32]", [3]),
        ("x_train[:rows]", [3]),
        ("x_train[start:start + 32]", []),
        ("x_train[step:step + 32]", []),
        ("x_train[chosen]", []),
        ("x_train[:draw()]", []),
    ],
)
def test_a_slice_between_fixed_bounds_is_the_same_batch(rows: str, found: list[int]) -> None:
    known = Program(source=SLICED.format(rows=rows), calls=(d_step(4, real(), 1),), more=(LOADED,)).evidence()
    assert [match.line for match in matches("same-batch-every-step", known)] == found


def test_a_relu_makes_no_negative_pixel() -> None:
    calls = (d_step(18, real(), 1), d_step(19, fake(low=0.0, high=2.0), 0))
    known = Program(generator_end="relu", calls=calls).evidence()
    (match,) = matches("fake-range-differs-from-real", known)
    assert match.line == 8
    assert "ends in relu (line 8) and makes none below 0" in match.message
    fitting = (d_step(18, real(low=0.0), 1), calls[1])
    known = Program(generator_end="relu", calls=fitting).evidence()
    assert matches("fake-range-differs-from-real", known) == []


@pytest.mark.parametrize(("low", "high", "found"), [(-3.1, 4.2, [8]), (-1.8, 1.9, []), (-3000.0, 80.0, [])])
def test_standardised_columns_do_not_fit_a_tanh(low: float, high: float, found: list[int]) -> None:
    rows = array(32, 784, low=low, high=high)
    calls = (d_step(18, rows, 1), d_step(19, fake(), 0))
    known = Program(calls=calls).evidence()
    assert [match.line for match in matches("fake-range-differs-from-real", known)] == found
    rescaled = (d_step(18, rows, 1), d_step(19, fake(low=-4.0, high=4.0), 0))
    assert matches("fake-range-differs-from-real", Program(calls=rescaled).evidence()) == []


def taken(line: int, name: str, labels: int | None) -> LossTaken:
    return LossTaken(0, line, name, False, DISCRIMINATOR, None, labels)


@pytest.mark.parametrize(
    ("name", "labels", "found"),
    [
        ("binary_crossentropy", DISCRIMINATOR, [19]),
        ("binary_crossentropy", None, []),
        ("mean_squared_error", DISCRIMINATOR, []),
    ],
)
def test_a_loss_is_given_the_labels_first(name: str, labels: int | None, found: list[int]) -> None:
    known = Program(more=(taken(19, name, labels), taken(19, name, labels))).evidence()
    assert [match.line for match in matches("loss-arguments-swapped", known)] == found


@pytest.mark.parametrize(
    ("end", "logits", "rule"),
    [
        ("softmax", True, "sigmoid-before-logits-loss"),
        ("linear", False, "logits-into-probability-loss"),
        ("linear", True, None),
        ("softmax", False, None),
    ],
)
def test_a_loss_object_for_classes_is_judged_like_one_for_two(
    end: str, logits: bool, rule: str | None
) -> None:
    source = f"cce = CategoricalCrossentropy(from_logits={logits})\nloss = cce(y, model(x))\n"
    seen = model(0, "model", layer("Dense", None, 3, activation=end, parameters=9), outputs=((None, 3),))
    use = LossTaken(0, 2, "categorical_crossentropy", logits, 0)
    known = evidence(source, seen, use)
    for name in ("sigmoid-before-logits-loss", "logits-into-probability-loss"):
        assert [match.line for match in matches(name, known)] == ([1] if name == rule else [])


def test_weights_without_a_gradient_are_named_by_their_model() -> None:
    encoder = model(0, "encoder", layer("Conv2D", None, 4, parameters=9))
    warning = (
        "Gradients do not exist for variables ['conv2d/kernel', 'conv2d/bias'] when minimizing the loss."
    )
    known = evidence("optimizer.apply(gradients)\n", encoder, noticed("UserWarning", warning))
    (match,) = matches("weights-without-gradient", known)
    assert "for the weights of `encoder`: they are never trained" in match.message
    assert matches("weights-without-gradient", evidence("pass\n", encoder, noticed("UserWarning", "x"))) == []


@pytest.mark.parametrize(
    ("missing", "found"),
    [
        ([(1, "digit"), (1, "odd")], []),
        ([(1, "digit"), (2, "odd")], []),
        ([(1, "digit"), (2, "digit")], [(1, ["digit"])]),
    ],
)
def test_heads_that_are_trained_in_turns_have_gradients(
    missing: list[tuple[int, str]], found: list[tuple[int, list[str]]]
) -> None:
    both = model(
        0, "both", layer("Dense", None, 4, parameters=9), layer("Digit", None, 1), layer("Odd", None, 1)
    )
    warnings = [
        noticed("UserWarning", f"Gradients do not exist for variables ['{head}/kernel'] when ...", line=line)
        for line, head in missing
    ]
    known = evidence("optimizer.apply(gradients)\noptimizer.apply(others)\n", both, *warnings)
    told = matches("weights-without-gradient", known)
    assert [(match.line, match.evidence["layers"]) for match in told] == found


FUNCTION = """\
def train_step(self, data):
    x, y = data
    with tf.GradientTape() as tape:
        made = self.decoder(self.encoder(x))
        taught = tf.nn.softmax(self.encoder(x))
        loss = keras.losses.binary_crossentropy({given})
    return loss
"""


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("made, x", [6]),
        ("self.decoder(z), data", [6]),
        ("x, made", []),
        ("made, taught", []),  # one network may teach another
        ("y_true=x, y_pred=made", []),
    ],
)
def test_a_function_is_given_the_output_first(given: str, found: list[int]) -> None:
    known = evidence(FUNCTION.format(given=given), model(1, "vae.encoder"), model(2, "vae.decoder"))
    assert [match.line for match in matches("loss-arguments-swapped", known)] == found


CYCLE = """\
def train_step(self, x, y):
    with tf.GradientTape() as tape:
        cycle_loss, made = self.cycle(x, y)
        loss = self.adversarial(made){term}
    tape.gradient(loss, variables)
"""


def test_parts_of_a_loss_that_are_handed_out_beside_their_sum_are_only_shown() -> None:
    text = CYCLE.format(term=" + total_loss").replace("cycle_loss, made", "total_loss, kl_loss, made")
    assert matches("loss-term-not-added", evidence(text)) == []


CLASSES = """\
def train_g(self, labels):
    with tf.GradientTape() as tape:
        verdict, classes = self.d(self.g(labels))
        loss_verdict = self.bce(tf.ones_like(verdict), verdict)
        loss_classes = self.cce(labels, classes)
        loss = tf.reduce_mean({sum})
    tape.gradient(loss, self.g.trainable_variables)
"""


@pytest.mark.parametrize(
    ("total", "found"), [("loss_verdict", [5]), ("loss_verdict + loss_classes", []), ("f(verdict)", [])]
)
def test_a_loss_that_nothing_reads_is_left_out(total: str, found: list[int]) -> None:
    known = evidence(CLASSES.format(sum=total))
    assert [match.line for match in matches("loss-term-not-added", known)] == found


@pytest.mark.parametrize(("term", "found"), [("", [3]), (" + cycle_loss", [])])
def test_a_term_that_is_made_beside_another_value_is_added(term: str, found: list[int]) -> None:
    known = evidence(CYCLE.format(term=term))
    assert [match.line for match in matches("loss-term-not-added", known)] == found


@pytest.mark.parametrize(("line", "told"), [(4, False), (8, True)])
def test_a_step_that_broke_off_says_nothing_of_what_stands_behind(line: int, told: bool) -> None:
    text = CLASSES.format(sum="loss_verdict") + "gan.fit(data)\n"
    players = model(1, "g"), model(2, "d", outputs=((None, 1),))
    fitted = call("fit", 1, line=8, moved=(moved(1, 0.0), moved(2)))
    known = evidence(text, *players, fitted, fault("TypeError", "types differ", line=line), pair(1, 2))
    assert bool(matches("generator-never-updated", known)) is told
