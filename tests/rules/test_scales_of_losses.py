"""Terms of a loss that are a mean where another is a sum, and how a step takes them in."""

from __future__ import annotations

import pytest

from harness.model import StatementStarted
from harness.rules._evidence import Evidence
from tests.rules._traces import (
    array,
    call,
    compiled,
    evidence,
    layer,
    listing,
    matches,
    model,
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


@pytest.mark.parametrize(
    ("returned", "lines"),
    [
        ("keras.losses.binary_crossentropy(x, made)", [7]),
        ("784 * keras.losses.binary_crossentropy(x, made)", []),
        ("tf.reduce_sum(keras.losses.binary_crossentropy(x, made))", []),
    ],
)
def test_a_divergence_is_added_to_a_mean_of_the_program_s_own(returned: str, lines: list[int]) -> None:
    text = ADDED.format(kl=f"tf.reduce_mean({SUM})") + f"def own(x, made):\n    return {returned}\n"
    decoder = model(1, "decoder", inputs=((None, 2),), outputs=((None, 784),))
    fitted = call("fit", 0, line=9, inputs=(array(64, 784),))
    vae = model(0, "vae", inputs=((None, 784),))
    found = evidence(text, vae, decoder, compiled(0, "own"), fitted)
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


@pytest.mark.parametrize(("completed", "lines"), [(False, [3]), (True, [])])
def test_a_run_that_ended_in_its_training_had_this_loss(completed: bool, lines: list[int]) -> None:
    text = "m = Sequential()\nm.add(Dense(1))\nm.compile(loss='binary_crossentropy')\nm.fit(x, y)\n"
    net = model(0, "m", layer("Dense", None, 1, activation="linear"), outputs=((None, 1),))
    begun = StatementStarted(seq=0, line=4, end_line=4, index=3)
    found = Evidence(listing(text), trace(net, compiled(0, line=3), begun, completed=completed))
    assert [match.line for match in matches("logits-into-probability-loss", found)] == lines
