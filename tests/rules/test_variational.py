"""What the text of a variational autoencoder says of its codes: noise, spread, and the sign in the loss."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, fault, matches

LOSS = """\
def loss(rest, mean, log_var):
    return rest - 0.5 * tf.reduce_sum(1 + log_var - mean**2 - tf.exp(log_var), axis=1)


"""


def lines(rule: str, text: str) -> list[int]:
    return [match.line for match in matches(rule, evidence(LOSS + text))]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("mean + tf.exp(log_var / 2)", [6]),
        ("tf.exp(0.5 * log_var) + mean", [6]),
        ("mean + tf.exp(0.5 * log_var) * noise", []),
        ("mean + 2 * tf.exp(0.5 * other)", []),
    ],
)
def test_a_deviation_is_not_added_as_it_is(code: str, found: list[int]) -> None:
    text = f"def sample(mean, log_var, noise):\n    return {code}\n"
    assert lines("latent-without-noise", text) == found


@pytest.mark.parametrize(
    ("spread", "noise", "found"),
    [
        ("tf.exp(log_var)", "tf.random.normal(shape)", [7]),
        ("log_var", "tf.random.normal(shape)", [7]),
        ("0.5 * log_var", "tf.random.normal(shape)", [7]),
        ("tf.exp(0.5 * log_var)", "tf.random.uniform(shape)", [7]),
        ("tf.exp(0.5 * log_var)", "np.random.rand(4, 2)", [7]),
        ("tf.exp(0.5 * log_var)", "tf.random.normal(shape)", []),
        ("tf.exp(log_var / 2)", "np.random.randn(4, 2)", []),
        ("tf.sqrt(tf.exp(log_var))", "tf.random.normal(shape)", []),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_noise_is_normal_and_spread_by_the_deviation(
    spread: str, noise: str, found: list[int], named: bool
) -> None:
    text = f"def sample(mean, log_var):\n    eps = {noise}\n    return mean + ({spread}) * eps\n"
    if named:
        text = text.replace("    return", f"    std = {spread}\n    return").replace(f"({spread})", "std")
        # A plain name may stand for anything.
        found = [8 for _ in found if spread != "log_var"]
    assert lines("kl-sign-or-scale", text) == found


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ("1 + log_var + mean**2 - tf.exp(log_var)", [6]),
        ("1 - log_var - mean**2 - tf.exp(log_var)", [6]),
        ("1 + log_var - mean**2 + tf.exp(log_var)", [6]),
        ("-(1 + log_var - mean**2 - tf.exp(log_var))", []),
        ("tf.exp(log_var) + mean**2 - 1 - log_var", []),
        ("tf.exp(log_var) + mean**2 + 1 - log_var", []),  # a constant drives nothing
    ],
)
def test_the_terms_of_a_divergence_have_their_signs(terms: str, found: list[int]) -> None:
    text = f"def other(mean, log_var):\n    return tf.reduce_sum({terms})\n"
    assert lines("kl-sign-or-scale", text) == found


def test_a_band_beside_random_codes_is_none() -> None:
    text = (
        "def sample(mean, log_var):\n    return mean + tf.exp(0.5 * log_var) * tf.random.normal(shape)\n\n\n"
        "plt.fill_between(x, mean - tf.exp(0.5 * log_var), mean + tf.exp(0.5 * log_var))\n"
    )
    assert lines("latent-without-noise", text) == []


@pytest.mark.parametrize(("decoded", "found"), [("mean", [7]), ("z", [])])
def test_a_code_is_drawn_to_be_decoded(decoded: str, found: list[int]) -> None:
    text = (
        "def step(x):\n    mean, log_var = encoder(x)\n"
        f"    z = mean + noise * tf.exp(log_var * 0.5)\n    return decoder({decoded})\n"
    )
    assert lines("latent-without-noise", text) == found


SAMPLED = """\
def step(x, y):
    mean, log_var = encoder([x, y])
    z = {drawn}
    return {decoded}
"""
OUTPUTS = (
    "z = Sampling()([mean, log_var])\nencoder = Model(x, [mean, log_var, z])\n{more}out = decoder({decoded})"
)


@pytest.mark.parametrize("drawn", ["sample(mean, log_var)", "self.sampling([mean, log_var])"])
@pytest.mark.parametrize(
    ("decoded", "found"),
    [
        ("decoder(mean)", [8]),
        ("decoder([mean, y])", [8]),
        ("self.decoder(mean, y)", [8]),
        ("decoder([z, y])", []),
        ("decoder(mean), z", []),  # who takes it is not known
        ("encoder(mean)", []),
    ],
)
def test_a_sample_is_decoded(drawn: str, decoded: str, found: list[int]) -> None:
    assert lines("latent-without-noise", SAMPLED.format(drawn=drawn, decoded=decoded)) == found


@pytest.mark.parametrize(
    ("more", "decoded", "found"),
    [
        ("", "mean", [7]),
        ("", "z", []),
        ("\n", "mean", [8]),
        ("mean = encoder.predict(x)[0]\n", "mean", []),
        ("rest = decoder(z)\n", "mean", []),
    ],
)
def test_what_an_encoder_only_puts_out_is_not_decoded(more: str, decoded: str, found: list[int]) -> None:
    assert lines("latent-without-noise", OUTPUTS.format(more=more, decoded=decoded)) == found


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ('log_var = Dense(2, activation="relu")(h)', [5]),
        ('log_var = Dense(2, "softplus")(h)', [5]),
        ("self.log_var = layers.Dense(2, activation=tf.nn.relu)", [5]),
        ('self.spread = Dense(2, activation="relu")\nlog_var = self.spread(h)', [5]),
        ("log_var = Dense(2)(h)", []),
        ('log_var = Dense(2, activation="tanh")(h)', []),
        ('hidden = Dense(2, activation="relu")(h)', []),
        ('self.spread = Dense(2, activation="relu")\nlog_var = self.last(self.spread(h))', []),
    ],
)
def test_a_log_variance_may_be_negative(made: str, found: list[int]) -> None:
    assert lines("log-variance-rectified", made) == found


def test_without_a_divergence_a_name_says_nothing() -> None:
    text = 'log_var = Dense(2, activation="relu")(h)\n'
    assert matches("log-variance-rectified", evidence(text)) == []


BY_FUNCTION = """\
def divergence(mean, log_var):
    return {factor} * tf.reduce_sum(1 + log_var - mean**2 - tf.exp(log_var), axis=1)


def train_step(x):
    with tf.GradientTape() as tape:
        mean, log_var = encoder(x)
        bound = fit(x) {sign} divergence(mean, log_var)
        loss = {whole}
    tape.gradient(loss, weights)
"""


@pytest.mark.parametrize(
    ("factor", "sign", "whole", "found"),
    [
        ("-0.5", "+", "bound", []),
        ("-0.5", "-", "-bound", []),  # the bound is to be as high as can be
        ("0.5", "-", "bound", []),
        ("-0.5", "-", "bound", [8]),  # where the sign was turned that was right
        ("0.5", "+", "bound", [2]),
    ],
)
def test_a_sign_is_followed_through_functions(factor: str, sign: str, whole: str, found: list[int]) -> None:
    text = BY_FUNCTION.format(factor=factor, sign=sign, whole=whole)
    assert [match.line for match in matches("kl-sign-or-scale", evidence(text))] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kl = 0.5 * tf.reduce_sum({sum})\nself.add_loss(kl / self.size)", [1]),
        ("kl = -0.5 * tf.reduce_sum({sum})\nself.add_loss(kl / self.size)", []),
        ("weight = 0.5\nkl = weight * tf.reduce_sum({sum})\nself.add_loss(kl)", [2]),
        ("weight = -0.5\nkl = weight * tf.reduce_sum({sum})\nself.add_loss(kl)", []),
        ("kl = 0.5 * tf.reduce_sum({sum})\nloss += kl\nself.add_loss(loss)", [1]),
        ("kl = 0.5 * tf.reduce_sum({sum})\nloss -= kl\nself.add_loss(loss)", []),
    ],
)
def test_factors_by_name_have_a_sign_where_it_is_plain(text: str, found: list[int]) -> None:
    text = text.format(sum="1 + log_var - tf.square(mean) - tf.exp(log_var)")
    assert [match.line for match in matches("kl-sign-or-scale", evidence(text))] == found


LOSSES = """\
def losses_of(x):
    fit_loss, kl = measure(x), divergence(x)
    fit_loss = tf.reduce_mean(fit_loss)
    kl = tf.reduce_mean(kl)
    return fit_loss, kl
"""


def test_what_a_function_of_losses_returns_is_used_by_its_caller() -> None:
    assert matches("loss-term-not-added", evidence(LOSSES)) == []


def test_a_term_of_symbolic_tensors_is_told_where_it_is_computed() -> None:
    text = (
        "kl = -0.5 * K.sum(1 + z_log_var, axis=-1)\n"
        "loss = K.mean(mse(x, y) + kl)\n"
        "other = K.sum(z_log_var)\n"
        "vae.add_loss(loss)\n"
    )
    words = "A KerasTensor cannot be used as input to a TensorFlow function."
    (match,) = matches("symbolic-tensor-in-loss", evidence(text, fault("ValueError", words, line=1)))
    assert match.line == 1
    assert match.message.startswith("`kl` is computed of the model's symbolic tensors for `add_loss`")
    assert matches("symbolic-tensor-in-loss", evidence(text, fault("ValueError", words, line=3))) == []
