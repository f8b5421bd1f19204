"""What losses are made of in steps written by hand: halves, penalties, logits, bare logarithms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules._traces import (
    call,
    compiled,
    evidence,
    fault,
    layer,
    matches,
    model,
    moved,
)

LOSS = """\
def discriminator_loss(real, fake):
    real_loss = bce(tf.ones_like(real), real)
    fake_loss = bce(tf.zeros_like(fake), fake)
    return {total}
"""


@pytest.mark.parametrize(("total", "lines"), [("fake_loss", [2]), ("real_loss + fake_loss", [])])
def test_half_of_the_discriminators_loss_is_left_out(total: str, lines: list[int]) -> None:
    found = matches("loss-term-not-added", evidence(LOSS.format(total=total)))
    assert [match.line for match in found] == lines


STEP = """\
def step(images):
    d_loss = train_other(images)
    with tf.GradientTape() as tape:
        code = encoder(images)
        rec = bce(images, decoder(code))
        kl = divergence(code)
        {inside}
    {after}
    gradients = tape.gradient({target}, variables)
    optimizer.apply_gradients(zip(gradients, variables))
    return {{"loss": total}}
"""


@pytest.mark.parametrize(
    ("inside", "after", "target", "lines"),
    [
        ("total = rec + kl", "pass", "rec", [9]),
        ("pass", "total = rec + 0.1 * kl", "rec", [9]),
        ("total = rec + kl", "print(float(total))", "kl", [9]),
        ("total = rec + kl", "pass", "total", []),
        ("loss = rec + kl", "total = float(loss)", "loss", []),
        # Both are minimised, and their sum is shown.
        ("total = rec + kl", "others = tape.gradient(kl, more)", "rec", []),
        # Another player's loss has been minimised where it was made.
        ("total = rec + d_loss", "pass", "rec", []),
        # What is made of the sum is minimised.
        ("total = rec + kl; rec = scaled(total)", "pass", "rec", []),
    ],
)
def test_one_term_is_minimised_and_the_sum_is_shown(
    inside: str, after: str, target: str, lines: list[int]
) -> None:
    text = STEP.format(inside=inside, after=after, target=target)
    found = matches("loss-term-not-added", evidence(text))
    assert [match.line for match in found if "alone" in match.message] == lines


PENALTY = """\
def gradient_penalty(critic, real, fake):
    alpha = tf.random.uniform({shape})
    mixed = real + alpha * (fake - real)
    slopes = tape.gradient(critic(mixed), mixed)
    return tf.reduce_mean((tf.norm(slopes) - 1) ** 2)
"""


@pytest.mark.parametrize(
    ("shape", "lines"),
    [
        ("[n, 28, 28, 1]", [2]),
        ("tf.shape(real)", [2]),
        ("real.shape", [2]),
        ("[n, 1, 1, 1]", []),
        ("(n, 1)", []),
        ("[tf.shape(real)[0], 1, 1, 1]", []),
    ],
)
def test_one_weight_an_example_is_drawn_for_a_penalty(shape: str, lines: list[int]) -> None:
    found = matches("gradient-penalty-interpolation-per-pixel", evidence(PENALTY.format(shape=shape)))
    assert [match.line for match in found] == lines


def test_a_penalty_around_real_examples_weighs_each_number() -> None:
    text = PENALTY.format(shape="tf.shape(real)").replace("fake", "perturbed")
    assert not matches("gradient-penalty-interpolation-per-pixel", evidence(text))


BATCH = "logits = net(x, training=True)\nshares = tf.nn.softmax({given}, axis={axis})\n"


@pytest.mark.parametrize(
    ("given", "axis", "lines"),
    [("logits", "0", [2]), ("logits", "-1", []), ("logits[0]", "0", []), ("scores", "0", [])],
)
def test_a_function_shares_out_over_the_batch(given: str, axis: str, lines: list[int]) -> None:
    net = model(0, "net", layer("Dense", None, 3), outputs=((None, 3),))
    found = matches("softmax-over-batch", evidence(BATCH.format(given=given, axis=axis), net))
    assert [match.line for match in found] == lines


@pytest.mark.parametrize(("activation", "lines"), [("softmax", [2]), ("linear", [])])
def test_shares_are_handed_to_a_function_of_logits(activation: str, lines: list[int]) -> None:
    net = model(1, "net", layer("Dense", None, 3, activation=activation), outputs=((None, 3),))
    text = "out = net(x)\nloss = tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=out)\n"
    found = evidence(text, net, call("apply", None, line=2))
    assert [match.line for match in matches("sigmoid-before-logits-loss", found)] == lines


FUNCTION = """\
def train_step(self, x):
    with tf.GradientTape() as tape:
        made = {made}
        error = keras.losses.binary_crossentropy({given})
    return error


decoder = Sequential([
    Dense(784),
])
"""


@pytest.mark.parametrize(
    ("made", "given", "lines"),
    [
        ("self.decoder(z)", "x, made", [9]),
        ("tf.sigmoid(self.decoder(z))", "x, made", []),
        ("self.decoder(z)", "x, made, from_logits=True", []),
    ],
)
def test_logits_are_given_to_a_function_of_probabilities(made: str, given: str, lines: list[int]) -> None:
    decoder = model(1, "decoder", layer("Dense", None, 784, activation="linear"), line=8)
    found = evidence(
        FUNCTION.format(made=made, given=given), decoder, call("fit", 2, line=12, moved=(moved(1), moved(2)))
    )
    assert [match.line for match in matches("logits-into-probability-loss", found)] == lines


OWN_LOSS = """\
def own(y_true, y_pred):
    {first}
    return -ops.mean(y_true * ops.log({given}))


m.compile(loss=own)
m.fit(x, y)
"""


@pytest.mark.parametrize(
    ("first", "given", "line"),
    [
        ("pass", "y_pred", 3),
        ("pass", "1 - y_pred", 3),
        ("pass", "y_pred + 1e-7", 7),
        ("y_pred = ops.clip(y_pred, 1e-7, 1)", "y_pred", 7),
    ],
)
def test_a_loss_that_is_not_finite_is_marked_at_a_bare_logarithm(first: str, given: str, line: int) -> None:
    found = evidence(
        OWN_LOSS.format(first=first, given=given),
        model(0, "m"),
        compiled(0, "own", line=6),
        call("fit", 0, line=7, losses=(0.5, float("nan"))),
    )
    assert [match.line for match in matches("not-finite", found)] == [line]


def test_weights_that_are_no_numbers_any_more_tell_of_a_loss_that_nobody_returns() -> None:
    gone = replace(moved(0), lost=True)
    found = evidence("train_step(x)", model(0, "m"), call("function", None, line=1, moved=(gone,)))
    assert [match.line for match in matches("not-finite", found)] == [1]


ELSEWHERE = """\
def gradient_penalty(critic, real, fake):
    mixed = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(mixed)
        scores = critic({judged})
    slopes = tape.gradient(scores, [mixed])[0]
    return tf.reduce_mean((tf.norm(slopes) - 1.0) ** 2)
"""


@pytest.mark.parametrize(("judged", "lines"), [("fake", [5]), ("mixed", [])])
def test_the_critic_is_asked_about_the_points_between(judged: str, lines: list[int]) -> None:
    failed = fault(
        "ValueError", "Tried to convert 'x' to a tensor and failed. None values not supported.", line=7
    )
    found = matches("gradient-penalty-at-other-points", evidence(ELSEWHERE.format(judged=judged), failed))
    assert [(match.line, match.explains) for match in found] == [(line, (0,)) for line in lines]


SCORED = """\
def score(logits):
    return tf.reduce_logsumexp(logits, axis={axis})
a = score(net(x))
b = score({other})
"""


@pytest.mark.parametrize(
    ("axis", "other", "units", "lines"),
    [
        ("0", "net(y)", 3, [2]),
        ("0", "logits=net(y)", 3, [2]),
        ("1", "net(y)", 3, []),
        ("0", "net(y)", 1, []),  # a mean over the batch
        ("0", "net(y)[0]", 3, []),  # one example's
        ("0", "other(y)", 3, []),
    ],
)
def test_a_sum_goes_over_the_classes(axis: str, other: str, units: int, lines: list[int]) -> None:
    net = model(0, "net", layer("Dense", None, units), outputs=((None, units),))
    found = matches("softmax-over-batch", evidence(SCORED.format(axis=axis, other=other), net))
    assert [match.line for match in found] == lines
