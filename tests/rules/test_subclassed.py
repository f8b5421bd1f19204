"""How the output of a model that is a class is found in its text, and what stays unknown."""

from __future__ import annotations

import pytest

from harness.rules._activations import output_activation
from harness.rules._places import output_line
from harness.rules._subclassed import ending
from tests.rules._traces import evidence, model

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
