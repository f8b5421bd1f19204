"""Terms of a loss that are a mean where another is a sum, and how a step takes them in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import StatementStarted, Step
from harness.rules._evidence import Evidence
from tests.rules._traces import (
    array,
    call,
    compiled,
    evidence,
    fault,
    layer,
    listing,
    matches,
    model,
    moved,
    trace,
)

STEP = """\
def train_step(self, x):
    with tf.GradientTape() as tape:
        mean, log_var, z = self.encoder(x)
        made = self.decoder({decoded})
        error = {error}
        kl = {kl}
        loss = error + kl
    return loss
"""
SUM = "-0.5 * tf.reduce_sum(1 + log_var - tf.square(mean) - tf.exp(log_var), axis=1)"
MEAN = "-0.5 * tf.reduce_mean(1 + log_var - tf.square(mean) - tf.exp(log_var))"


@pytest.mark.parametrize(
    ("error", "kl", "line"),
    [
        ("tf.reduce_mean(keras.losses.mse(x, made))", SUM, 5),
        ("tf.reduce_mean(tf.square(x - made))", SUM, 5),
        ("keras.losses.MeanSquaredError()(x, made)", SUM, 5),
        ("tf.reduce_mean(tf.reduce_sum(tf.square(x - made), axis=1))", f"500 * {SUM}", 6),
        ("784 * tf.reduce_mean(keras.losses.mse(x, made))", SUM, None),
        ("tf.reduce_mean(keras.losses.mse(x, made)) * weight", SUM, None),
        ("tf.reduce_sum(tf.square(x - made), axis=1)", SUM, None),
        ("tf.reduce_mean(keras.losses.mse(x, made))", MEAN, None),
        ("tf.reduce_mean(keras.losses.mse(x, made))", f"{SUM} / 784", None),
        ("keras.losses.MeanSquaredError(reduction='sum')(x, made)", SUM, None),
    ],
)
def test_a_sum_beside_a_mean_weighs_too_much(error: str, kl: str, line: int | None) -> None:
    found = evidence(
        STEP.format(decoded="z", error=error, kl=kl), call("fit", 0, line=9, inputs=(array(64, 784),))
    )
    told = [match.line for match in matches("divergence-outweighs-reconstruction", found)]
    assert told == ([] if line is None else [line])


BOTH_MEANS = STEP.format(decoded="z", error="tf.reduce_mean(keras.losses.mse(x, made))", kl=MEAN)


@pytest.mark.parametrize(("code", "lines"), [(2, [5]), (32, [])])
def test_a_mean_over_a_short_code_weighs_too_much_beside_one_over_an_image(
    code: int, lines: list[int]
) -> None:
    decoder = model(1, "decoder", inputs=((None, code),), outputs=((None, 28, 28, 1),))
    fitted = call("fit", 0, line=9, inputs=(array(64, 28, 28, 1),))
    told = matches("divergence-outweighs-reconstruction", evidence(BOTH_MEANS, decoder, fitted))
    assert [match.line for match in told] == lines


def test_the_size_of_a_code_is_not_guessed() -> None:
    decoders = [model(n, f"decoder{n}", inputs=((None, n),), outputs=((None, 784),)) for n in (2, 3)]
    fitted = call("fit", 0, line=9, inputs=(array(64, 784),))
    assert not matches("divergence-outweighs-reconstruction", evidence(BOTH_MEANS, *decoders, fitted))


ADDED = """\
class VAE(keras.Model):
    def call(self, x):
        mean, log_var, z = self.encoder(x)
        self.add_loss({kl})
        return self.decoder(z)
"""


@pytest.mark.parametrize(
    ("kl", "loss", "lines"),
    [
        (f"tf.reduce_mean({SUM})", "mean_squared_error", [4]),
        (f"tf.reduce_mean({SUM}) / 784", "mean_squared_error", []),
        (f"tf.reduce_mean({SUM})", "own", []),
        (MEAN, "binary_crossentropy", [4]),
    ],
)
def test_a_divergence_is_added_to_a_compiled_mean(kl: str, loss: str, lines: list[int]) -> None:
    decoder = model(1, "decoder", inputs=((None, 2),), outputs=((None, 784),))
    fitted = call("fit", 0, line=9, inputs=(array(64, 784),))
    vae = model(0, "vae", inputs=((None, 784),))
    found = evidence(ADDED.format(kl=kl), vae, decoder, compiled(0, loss), fitted)
    assert [match.line for match in matches("divergence-outweighs-reconstruction", found)] == lines


def test_a_divergence_may_be_added_to_the_error_in_place() -> None:
    text = f"loss = tf.reduce_mean(tf.square(x - made))\nloss += tf.reduce_mean({SUM})\n"
    found = evidence(text, call("fit", 0, line=9, inputs=(array(64, 784),)))
    assert [match.line for match in matches("divergence-outweighs-reconstruction", found)] == [1]


APART = """\
def error(x, made):
    return tf.reduce_mean(tf.square(x - made))


def divergence(mean, log_var):
    kl = -0.5 * tf.reduce_sum(1 + log_var - tf.square(mean) - tf.exp(log_var), axis=1)
    return {returned}


def train_step(x):
    loss = error(x, made) + divergence(mean, log_var)
    return loss
"""


@pytest.mark.parametrize(
    ("returned", "lines"), [("tf.reduce_mean(kl)", [11]), ("tf.reduce_mean(kl) / 784", [])]
)
def test_both_terms_may_be_made_by_functions_of_the_program(returned: str, lines: list[int]) -> None:
    found = evidence(APART.format(returned=returned), call("fit", 0, line=9, inputs=(array(64, 784),)))
    told = [match.line for match in matches("divergence-outweighs-reconstruction", found)]
    assert told == lines


def test_a_mean_over_few_numbers_is_left_alone() -> None:
    text = STEP.format(decoded="z", error="tf.reduce_mean(keras.losses.mse(x, made))", kl=SUM)
    found = evidence(text, call("fit", 0, line=9, inputs=(array(64, 30),)))
    assert not matches("divergence-outweighs-reconstruction", found)


@pytest.mark.parametrize(("decoded", "lines"), [("mean", [4]), ("z", [])])
def test_a_sample_that_nobody_decodes(decoded: str, lines: list[int]) -> None:
    found = evidence(STEP.format(decoded=decoded, error="f(x, made)", kl=SUM))
    assert [match.line for match in matches("latent-without-noise", found)] == lines


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


OWN = """\
class Net(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            made = self(x{flag})
            loss = self.compute_loss(y=y, y_pred=made)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {{"loss": loss}}


net = Net(inputs, outputs)
net.fit(x, y)
"""


@pytest.mark.parametrize(("flag", "lines"), [("", [5]), (", training=False", [5]), (", training=True", [])])
def test_dropout_in_a_step_of_its_own_is_told(flag: str, lines: list[int]) -> None:
    net = model(1, "net", layer("Dropout", None, 8, rate=0.5), kind="Net")
    fitted = call("fit", 1, line=12, moved=(moved(1),), steps=(Step((1,), (1,), (), None, exact=True),))
    found = evidence(OWN.format(flag=flag), net, fitted)
    assert [match.line for match in matches("dropout-never-drops", found)] == lines


def test_a_class_that_passes_the_flag_itself_drops() -> None:
    text = OWN.format(flag="").replace(
        "    def train_step", "    def call(self, x, training=True):\n        return x\n\n    def train_step"
    )
    net = model(1, "net", layer("Dropout", None, 8, rate=0.5), kind="Net")
    fitted = call("fit", 1, line=15, moved=(moved(1),), steps=(Step((1,), (1,), (), None, exact=True),))
    assert not matches("dropout-never-drops", evidence(text, net, fitted))


@pytest.mark.parametrize(("completed", "lines"), [(False, [3]), (True, [])])
def test_a_run_that_ended_in_its_training_had_this_loss(completed: bool, lines: list[int]) -> None:
    text = "m = Sequential()\nm.add(Dense(1))\nm.compile(loss='binary_crossentropy')\nm.fit(x, y)\n"
    net = model(0, "m", layer("Dense", None, 1, activation="linear"), outputs=((None, 1),))
    begun = StatementStarted(seq=0, line=4, end_line=4, index=3)
    found = Evidence(listing(text), trace(net, compiled(0, line=3), begun, completed=completed))
    assert [match.line for match in matches("logits-into-probability-loss", found)] == lines


@pytest.mark.parametrize(("numbers", "lines"), [(10, []), (1, [2])])
def test_one_unit_for_several_classes_lacks_units(numbers: int, lines: list[int]) -> None:
    text = "m = Sequential()\nm.add(Dense(1, activation='softmax'))\nm.compile()\nm.fit(x, y)\n"
    net = model(0, "m", layer("Dense", None, 1, activation="softmax"), outputs=((None, 1),))
    failed = call("fit", 0, line=4, targets=(array(64, numbers),), error="ValueError")
    found = evidence(text, net, compiled(0, "categorical_crossentropy", line=3), failed)
    assert [match.line for match in matches("softmax-over-one-unit", found)] == lines


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


@pytest.mark.parametrize(("flag", "lines"), [(", training=False", [5]), (", training=True", [])])
def test_statistics_of_a_class_with_a_step_of_its_own(flag: str, lines: list[int]) -> None:
    net = model(1, "net", layer("BatchNormalization", None, 8), kind="Net")
    fitted = call("fit", 1, line=12, moved=(moved(1),), steps=(Step((1,), (1,), (), None, exact=True),))
    found = evidence(OWN.format(flag=flag), net, fitted)
    assert [match.line for match in matches("batch-statistics-never-updated", found)] == lines


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


@pytest.mark.parametrize(("by", "told"), [(0.0, True), (0.1, False)])
def test_a_model_around_it_says_nothing_of_a_part_that_was_watched(by: float, told: bool) -> None:
    encoder, decoder = model(1, "encoder"), model(2, "decoder", shares=(3,))
    whole = model(3, "vae", kind="VAE", contains=(1, 2))
    fitted = call(
        "fit",
        3,
        line=1,
        moved=(moved(1), moved(2, by), moved(3)),
        steps=(Step((1,), (1, 2), (), None, exact=True, line=1),),
    )
    found = evidence("vae.fit(x)", encoder, decoder, whole, fitted)
    assert [m.evidence["model"] for m in matches("network-never-trained", found)] == ([2] if told else [])


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


PIPELINE = """\
data = tf.data.Dataset.from_tensor_slices((x, y))
{statement}
model.fit(data)
"""


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        ("data.shuffle(1000).batch(32)", [2]),
        ("data.batch(32)", [2]),
        ("data = data.batch(32)", []),
        ("data.save(path)", []),
        ("other.batch(32)", []),
    ],
)
def test_a_pipeline_that_is_made_and_dropped(statement: str, lines: list[int]) -> None:
    found = matches("pipeline-dropped", evidence(PIPELINE.format(statement=statement)))
    assert [match.line for match in found] == lines
