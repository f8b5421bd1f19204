"""Self-attention that may look at the next item, which is the target."""

from __future__ import annotations

import pytest

from tests.rules._traces import array, call, evidence, matches

RULE = "missing-causal-mask"
NETWORK = "x = layers.MultiHeadAttention(2, 8)(x, x)"
FIT = "model.fit(words[:, :-1], words[:, 1:])"
MAPPED = "def split(row):\n    return row[:-1], row[1:]\nmodel.fit(data.map(split))"


def lines(*parts: str, inputs: int = 1) -> list[int]:
    source = "\n".join(parts)
    fit = call("fit", None, line=source.count("\n") + 1, inputs=(array(64, 8),) * inputs)
    return [match.line for match in matches(RULE, evidence(source, fit))]


@pytest.mark.parametrize(
    "network",
    [
        NETWORK,
        "x = MultiHeadAttention(num_heads=2, key_dim=8)(query=x, value=x, key=x)",
        "x = layers.Attention()([x, x])",
        "attend = layers.MultiHeadAttention(2, 8); y = attend(x, x)",
        "class Block:\n    def __init__(self):\n        self.att = MultiHeadAttention(2, 8); y = 1\n"
        "    def call(self, x):\n        return self.att(x, x)",
    ],
)
@pytest.mark.parametrize(
    "fed",
    [
        FIT,
        MAPPED,
        "a = words[:, :-1]\nb = words[:, 1:]\nmodel.fit(a, b)",
        "model.fit(d.map(lambda t: (t[:, :-1], t[:, 1:])))",
    ],
)
def test_the_next_item_is_seen(network: str, fed: str) -> None:
    last = network.count("\n") + 1
    assert lines(network, fed) == [last]


@pytest.mark.parametrize(
    ("network", "fed"),
    [
        ("x = layers.MultiHeadAttention(2, 8)(x, x, use_causal_mask=True)", FIT),
        ("mask = np.tril(np.ones((8, 8)))\nx = MultiHeadAttention(2, 8)(x, x, attention_mask=mask)", FIT),
        ("m = tf.linalg.band_part(one, -1, 0)\nx = MultiHeadAttention(2, 8)(x, x, m)", FIT),
        ("x = layers.MultiHeadAttention(2, 8)(x, seen)", FIT),  # from one sequence at another
        ("x = layers.Attention()([x, seen])", FIT),
        ("x = layers.LSTM(8)(x)\n" + NETWORK, FIT),
        (NETWORK, "model.fit(words[:, :-1], words[:, -1])"),  # one target a sequence
        (NETWORK, "model.fit(words[:-1], words[1:])"),  # the next example
        (NETWORK, "d = np.abs(words[:, 1:] - words[:, :-1])\nmodel.fit(words, y)"),
        (NETWORK, "model.fit(words[:, :-1], others[:, 1:])"),
        (NETWORK, "model.fit(words, y)"),
    ],
)
def test_nothing_ahead_is_seen(network: str, fed: str) -> None:
    assert lines(network, fed) == []


def test_an_encoder_may_look_at_all_of_its_own() -> None:
    assert lines(NETWORK, "model.fit([source, words[:, :-1]], words[:, 1:])", inputs=2) == []
    assert lines(NETWORK, FIT, inputs=2) == []


ENCODED = "e = layers.MultiHeadAttention(2, 8)(s, s)\n"
CROSSED = "x = layers.MultiHeadAttention(2, 8)(x, e)"
DECODER = """\
class Decoder:
    def __init__(self):
        self.own = layers.MultiHeadAttention(2, 8)
        self.cross = layers.MultiHeadAttention(2, 8)
    def call(self, x, e):
        x = self.norm(x + self.own(x, x))
        return self.cross(query=x, value=e, key=e)
"""


@pytest.mark.parametrize(
    ("network", "found"),
    [
        (f"{ENCODED}{NETWORK}\n{CROSSED}", [2]),
        (f"{ENCODED}{NETWORK}\n{CROSSED}\n{NETWORK}\n{CROSSED}", [2, 4]),
        (DECODER, [6]),
        (f"{ENCODED}e = layers.MultiHeadAttention(2, 8)(e, e)\n{CROSSED}", []),  # the encoder's own
        (f"{ENCODED}{CROSSED}\n{NETWORK}", []),  # nothing is asked afterwards
    ],
)
def test_a_decoder_may_not(network: str, found: list[int]) -> None:
    assert lines(network, "model.fit([source, words[:, :-1]], words[:, 1:])", inputs=2) == found


def test_what_was_not_trained_is_not_judged() -> None:
    assert matches(RULE, evidence(f"{NETWORK}\n{FIT}")) == []


def test_the_padding_that_an_embedding_leaves_out_is_no_such_mask() -> None:
    assert lines("x = layers.Embedding(20, 8, mask_zero=True)(x)", NETWORK, FIT) == [2]
