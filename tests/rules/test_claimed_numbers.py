"""Learning rates, latent sizes and numbers of layers that the text gives, against those of the code."""

from __future__ import annotations

import pytest

from harness.listing import read_listing
from harness.model import Article, Event
from harness.rules._evidence import Evidence
from tests.rules._traces import layer, matches, model, pair, trace

ADAM = "model.compile(loss='mse', optimizer=Adam(learning_rate=0.0002))"


def article(text: str, code: str, *events: Event) -> Evidence:
    """Prose in line 1, code from line 4 on."""
    whole = f"{text}\n\n```python\n{code}\n```\n"
    return Evidence(read_listing(Article("a.md", "0", whole, "markdown")), trace(*events))


def rates(text: str, code: str = ADAM) -> list[str]:
    return [match.message for match in matches("learning-rate-claim", article(text, code))]


def test_a_learning_rate_that_the_code_does_not_use_is_told() -> None:
    assert rates("We train it with Adam and a learning rate of 0.001.") == [
        'The text says "and a learning rate of 0.001", but the learning rate in the code is 0.0002 (line 4). '
        "Correct one of the two."
    ]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("We use a learning rate of 1e-3.", True),
        ("We use a learning\nrate of .001 for both.", True),
        ("We use a learning rate of 0.0002.", False),
        ("We use a learning rate of 2e-4.", False),
        ("We could use a learning rate of 0.001.", False),
        ("Adam has a learning rate of 0.001 by default.", False),
        ("They use a learning rate of 0.001.", False),
        ("We start with a learning rate of 0.001.", False),
        ("We use a learning rate of 10%.", False),
        ("We use a learning rate of 2 x 10^-4.", False),
        ("It has a learning rate of 0.001, and we use a learning rate of 0.0002.", False),
        ("With a higher learning rate of 0.001 it diverges.", False),
    ],
)
def test_only_what_is_said_of_this_training_is_compared(text: str, wrong: bool) -> None:
    assert bool(rates(text)) is wrong


@pytest.mark.parametrize(
    "code",
    [
        "model.compile(loss='mse', optimizer='adam')",
        "model.compile(loss='mse', optimizer=Adam())",
        "a.compile(optimizer=Adam(0.0002))\nb.compile(optimizer=Adam(0.0004))",
        "model.compile(optimizer=Adam(ExponentialDecay(0.0002, 100, 0.9)))",
        "model.compile(optimizer=Adam(rate))",
        "rate = 0.0002\nrate = f()\nmodel.compile(optimizer=Adam(rate))",
        ADAM + "\nmodel.fit(x, callbacks=[ReduceLROnPlateau()])",
        ADAM + "\nmodel.optimizer.learning_rate = rate",
        ADAM + "\nSMOOTH = 0.001",
        "x = 1",
    ],
)
def test_code_without_one_plain_rate_is_left_alone(code: str) -> None:
    assert rates("We use a learning rate of 0.001.", code) == []


def test_a_rate_in_a_variable_is_a_plain_number() -> None:
    code = "RATE = 0.0002\noptimizer = Adam(RATE, beta_1=0.5)"
    assert len(rates("We use a learning rate of 0.001.", code)) == 1


GENERATOR = model(0, "generator", layer("Dense", None, 784), inputs=((None, 16),))
DISCRIMINATOR = model(
    1, "discriminator", layer("Dense", None, 1), inputs=((None, 784),), outputs=((None, 1),)
)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("It starts from a latent space of 100 dimensions.", True),
        ("It takes a noise vector of size 100.", True),
        ("It takes a 100-dimensional noise vector.", True),
        ("The latent dimension is 100.", True),
        ("It starts from a latent space of 16 dimensions.", False),
        ("It takes a noise vector of size 64.", False),  # a number of the code
        ("It could take a 100-dimensional noise vector.", False),
        ("It takes a latent code of 4x4 numbers.", False),
        ("It takes 100 noise vectors.", False),
        ("It has a latent space with 10 clusters.", False),
    ],
)
def test_a_latent_size_is_that_of_the_generator(text: str, wrong: bool) -> None:
    events = (GENERATOR, DISCRIMINATOR, pair(0, 1))
    found = matches("latent-size-claim", article(text, "batch = 64", *events))
    assert bool(found) is wrong


def test_the_vectors_that_the_generator_takes_are_told() -> None:
    events = (GENERATOR, DISCRIMINATOR, pair(0, 1))
    (match,) = matches(
        "latent-size-claim", article("It takes a latent space of 100 numbers.", "x = 1", *events)
    )
    assert match.message == (
        'The text says "latent space of 100 numbers", but `generator` takes vectors of 16 numbers. '
        "Correct one of the two."
    )


def test_of_several_sizes_or_none_nothing_is_said() -> None:
    text = "It takes a latent space of 100 numbers."
    decoder = model(2, "decoder", layer("Dense", None, 9), inputs=((None, 2),))
    images = model(2, "decoder", layer("Dense", None, 9), inputs=((None, 8, 8, 1),))
    assert len(matches("latent-size-claim", article(text, "x = 1", decoder))) == 1
    assert matches("latent-size-claim", article(text, "x = 1", decoder, GENERATOR)) == []
    assert matches("latent-size-claim", article(text, "x = 1", images)) == []
    assert matches("latent-size-claim", article(text, "x = 1")) == []


LAYERS = (
    layer("Conv2D", None, 14, 14, 8, parameters=9),
    layer("Conv2D", None, 7, 7, 8, parameters=9),
    layer("Dropout", None, 7, 7, 8),
    layer("Flatten", None, 392),
    layer("Dense", None, 1, parameters=9),
)


def layers_of(text: str, *more: Event) -> list[str]:
    seen = more or (model(1, "discriminator", *LAYERS),)
    return [match.message for match in matches("layer-claim", article(text, "x = 1", *seen))]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("three convolutional layers", True),
        ("4 Conv layers", False),  # no such words
        ("two convolutional layers", False),
        ("one convolutional layer", False),  # the last one may not be counted
        ("two convolutional layers and two dropout layers", True),
        ("three dense layers", True),
        ("three blocks of two convolutional layers", False),
        ("two hidden dense layers", False),
        ("three more convolutional layers", False),
    ],
)
def test_numbers_of_layers_are_compared_however_one_counts(said: str, wrong: bool) -> None:
    assert bool(layers_of(f"The discriminator consists of {said}.")) is wrong


def test_the_number_that_the_network_has_is_told() -> None:
    assert layers_of("The discriminator uses three convolutional layers.") == [
        'The text says "three convolutional layers" of the discriminator, but `discriminator` has 2 of them: '
        "correct one of the two."
    ]


def test_a_network_with_layers_of_its_own_may_hold_any_number() -> None:
    own = model(1, "discriminator", *LAYERS, layer("ResidualBlock", None, 7, 7, 8))
    assert layers_of("The discriminator uses three convolutional layers.", own) == []
    assert layers_of("The discriminator could use three convolutional layers.") == []
