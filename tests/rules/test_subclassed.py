"""How the output of a model that is a class is found in its text, and what stays unknown."""

from __future__ import annotations

import pytest

from harness.rules._activations import output_activation
from harness.rules._places import output_line
from harness.rules._subclassed import ending
from tests.rules._traces import array, call, compiled, evidence, labels, layer, matches, model, moved

CLASS = """\
class Judge(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(8, activation="relu")
        self.out = {out}
        self.flat = layers.Flatten()

    def call(self, x):
        h = self.hidden(x)
        {body}
"""


@pytest.mark.parametrize(
    ("out", "body", "found"),
    [
        ('layers.Dense(1, activation="sigmoid")', "return self.out(h)", ("sigmoid", 5)),
        ('layers.Dense(1, "tanh")', "return self.flat(self.out(h))", ("tanh", 5)),
        ("layers.Dense(1, activation=tf.nn.sigmoid)", "y = self.out(h); return y", ("sigmoid", 5)),
        ("layers.Dense(1)", "return self.out(h)", ("linear", 5)),
        ("layers.Dense(1, activation=None)", "return self.out(h)", ("linear", 5)),
        ("layers.Dense(1)", "return tf.nn.sigmoid(self.out(h))", ("sigmoid", 10)),
        ("layers.LeakyReLU(0.2)", "return self.out(h)", ("leaky_relu", 5)),
        ('Sequential([Dense(1), Activation("softmax")])', "return self.out(h)", ("softmax", 5)),
        ("layers.Dense(1, activation=choose())", "return self.out(h)", None),
        ("make_layer()", "return self.out(h)", None),
        ("layers.Dense(1)", "return self.out(h) * 2", None),
        ("layers.Dense(1)", "return self.out(h), h", None),
        ("layers.Dense(1)", "if x is None: h = self.out(x)\n        return h", None),
        ("layers.Dense(1)", "return self.missing(h)", None),
    ],
)
def test_a_class_ends_with_what_its_call_returns(out: str, body: str, found: tuple[str, int] | None) -> None:
    known = evidence(CLASS.format(out=out, body=body), model(0, "judge", kind="Judge"))
    seen = ending(known, "Judge")
    assert (None if seen is None else (seen.activation, seen.line)) == found
    assert output_activation(known, 0) == (None if found is None else found[0])
    if found is not None:
        assert output_line(known, 0) == found[1]


def test_a_class_of_another_module_is_unknown() -> None:
    assert ending(evidence("judge = Judge()\n"), "Judge") is None


HANDED = """\
def decode(z, apply_sigmoid=False):
    logits = decoder(z)
    if apply_sigmoid:
        probs = tf.sigmoid(logits)
        return probs
    return logits


def loss(x, z):
    {made}
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits={logits})


loss(x, z)
"""


@pytest.mark.parametrize(
    ("made", "logits", "end", "found"),
    [
        ("out = decode(z)", "out", "sigmoid", [11]),
        ("out = self.decoder(z)", "out", "sigmoid", [11]),
        ("pass", "decoder(z)", "sigmoid", [11]),
        ("out = decode(z)", "out", None, []),
        ("out = decode(z) + 1", "out", "sigmoid", []),
        ("out, rest = decode(z)", "out", "sigmoid", []),
        ("pass", "x", "sigmoid", []),
    ],
)
def test_what_a_model_puts_out_is_followed_to_the_function_that_takes_logits(
    made: str, logits: str, end: str | None, found: list[int]
) -> None:
    seen = model(0, "vae.decoder", layer("Dense", None, 784, activation=end, parameters=9))
    train = call("function", None, line=14, moved=(moved(0),))
    known = evidence(HANDED.format(made=made, logits=logits), seen, train)
    assert [match.line for match in matches("sigmoid-before-logits-loss", known)] == found


RECOMMENDER = """\
class Recommender(keras.Model):
    def call(self, pairs):
        return self.match(pairs) + self.bias(pairs)
{more}
model = Recommender()
model.compile(loss="binary_crossentropy")
model.fit(pairs, liked)
scores = model.predict(pairs)
"""


@pytest.mark.parametrize(
    ("low", "high", "more", "lines"),
    [
        (-3.0, 2.0, "", [6]),
        (0.1, 1.2, "", [6]),
        (0.0, 1.00001, "", []),
        (None, None, "", []),
        (-3.0, 2.0, "    def train_step(self, data): ...", []),
    ],
)
def test_what_a_model_predicts_tells_of_an_end_that_the_text_does_not(
    low: float | None, high: float | None, more: str, lines: list[int]
) -> None:
    found = evidence(
        RECOMMENDER.format(more=more),
        model(0, "model", line=5, kind="Recommender", inputs=((None, 2),), outputs=((None, 1),)),
        compiled(0, line=6),
        call("fit", 0, line=7, inputs=(array(64, 2),), targets=(labels(64, 0.0, 1.0),)),
        call("predict", 0, line=8, inputs=(array(64, 2),), outputs=(array(64, 1, low=low, high=high),)),
    )
    assert [match.line for match in matches("logits-into-probability-loss", found)] == lines
