"""Sentences that the run contradicts are quoted; all others are left alone."""

from __future__ import annotations

import hashlib

import pytest

from harness.model import Article, Block, BlockKind, DataLoaded, Event, Listing
from harness.rules._evidence import Evidence
from tests.rules._traces import compiled, layer, matches, model, trace


def article(text: str, code: str, *events: Event) -> Evidence:
    """Prose in line 1, code from line 4 on."""
    whole = f"{text}\n\n```python\n{code}\n```\n"
    digest = hashlib.sha256(whole.encode()).hexdigest()
    end = 3 + code.count("\n") + 1
    block = Block(1, BlockKind.PYTHON, "python", 4, end, code)
    listing = Listing(Article("a.md", digest, whole, "markdown"), (block,), "\n" * 3 + code + "\n")
    return Evidence(listing, trace(*events))


FIT = "model.fit(x, y, epochs=5)"
LOADED = DataLoaded(seq=0, line=4, name="mnist", shapes=((60000, 28, 28),), repeated_from=None)


def test_an_accuracy_that_nobody_computes_is_quoted() -> None:
    text = "First we train, logging the accuracy."
    (match,) = matches("metric-claim", article(text, FIT, compiled(0, metrics=())))
    assert match.line == 1
    assert match.message == (
        f'The text says "{text}", but no model is compiled with a metric: correct one of the two.'
    )


@pytest.mark.parametrize(
    ("text", "code", "metrics"),
    [
        ("We train, logging the accuracy.", FIT, ("accuracy",)),
        ("We train, logging the accuracy.", "acc = (p == y).mean()", ()),
        ("Accuracy is a poor measure of a GAN.", FIT, ()),
    ],
)
def test_an_accuracy_that_is_computed_or_not_promised_is_left_alone(
    text: str, code: str, metrics: tuple[str, ...]
) -> None:
    assert matches("metric-claim", article(text, code, compiled(0, metrics=metrics))) == []


def test_a_data_set_that_the_code_never_touches_is_quoted() -> None:
    (match,) = matches("data-claim", article("We will use the MNIST dataset.", FIT, compiled(0)))
    assert match.line == 1
    assert "MNIST" in match.message


def test_a_data_set_that_is_loaded_or_read_is_left_alone() -> None:
    said = "We will use the MNIST dataset."
    assert matches("data-claim", article(said, FIT, LOADED)) == []
    assert matches("data-claim", article(said, "x = np.load('digits.npz')\n" + FIT, compiled(0))) == []


def test_a_number_of_rounds_that_the_code_does_not_make_is_quoted() -> None:
    (match,) = matches("step-claim", article("We train the model for 50,000 iterations.", FIT))
    assert match.evidence["claimed"] == "50,000"


@pytest.mark.parametrize(
    "code",
    [
        "for i in range(50000):\n    model.train_on_batch(x, y)",
        "E, B = 100, 500\nfor i in range(E):\n    model.fit(x, y)",
    ],
)
def test_a_number_of_rounds_that_can_be_read_off_the_code_is_left_alone(code: str) -> None:
    assert matches("step-claim", article("We train the model for 50,000 iterations.", code)) == []


def discriminator(stride: int) -> Event:
    convolution = layer("Conv2D", None, 28, 28, 4, activation="relu", strides=(stride, stride))
    return model(1, "discriminator", convolution, layer("Flatten", None, 9), layer("Dense", None, 1))


def test_kinds_of_layers_are_compared_clause_by_clause() -> None:
    text = (
        "The generator will consist of upsampling layers, "
        "while the discriminator will consist of convolutional and downsampling layers."
    )
    (match,) = matches("layer-claim", article(text, FIT, discriminator(1)))
    assert match.message == (
        'The text says "downsampling layers" of the discriminator, but `discriminator` is made of '
        "Conv2D, Flatten, Dense: correct one of the two."
    )
    assert matches("layer-claim", article(text, FIT, discriminator(2))) == []
