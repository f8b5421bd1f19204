"""Sentences that the run contradicts are quoted; all others are left alone."""

from __future__ import annotations

import json

import pytest

from harness.listing import read_listing
from harness.model import Article, DataLoaded, Event
from harness.rules._evidence import Evidence
from tests.rules._sentences import FIT, article, steps_of
from tests.rules._traces import compiled, layer, matches, model, trace


def wrapped(words: str) -> str:
    """A paragraph whose lines hold a word each."""
    return "\n".join(words.split())


@pytest.mark.parametrize(
    ("rule", "text", "lines"),
    [
        ("metric-claim", "First we train, logging the accuracy.", (4, 6)),
        ("data-claim", "We will use the MNIST dataset.", (3, 5)),
        ("step-claim", "We train it for **20** epochs.", (2, 6)),
        ("optimizer-claim", "It is trained with the RMSprop optimizer.", (4, 7)),
        ("loss-claim", "We train with binary cross-entropy as our loss.", (4, 5)),
    ],
)
def test_a_sentence_may_go_over_several_lines(rule: str, text: str, lines: tuple[int, int]) -> None:
    used = compiled(0, "mean_squared_error", metrics=(), optimizer="Adam")
    (match,) = matches(rule, article(wrapped(text), FIT, used))
    assert (match.line, match.end_line) == lines
    assert match.evidence["text"] == text.replace("*", "")


def test_a_clause_of_several_lines_has_its_own_words_lines() -> None:
    text = (
        "The generator will consist of layers,\nwhile the discriminator will consist\nof downsampling layers."
    )
    (match,) = matches("layer-claim", article(text, FIT, discriminator(1)))
    assert (match.line, match.end_line) == (3, 3)


def test_the_number_of_the_training_may_stand_on_another_line_of_the_paragraph() -> None:
    text = "We train the model for 20 epochs;\nof these, 5\nare in the code."
    assert steps_of(FIT, text) == []
    assert len(steps_of(FIT, text.replace("\nof these, 5", "\n\nOf these, 5"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "# We train the model for 20 epochs",
        "We train the model for 20 epochs\n---",
        "| what |\n| --- |\n| We train the model for 20 epochs |",
        "<!-- We train the model for 20 epochs. -->",
        "Train, e.g. Adam. We train if we can, i.e. We may train the model for 20 epochs.",
        "- We train the model\n- for 20 epochs",
        "Call `train. We train the model for 20 epochs` or not.",
    ],
)
def test_what_is_no_sentence_of_the_text_is_left_alone(text: str) -> None:
    assert steps_of(FIT, text) == []


def test_a_sentence_may_begin_with_code() -> None:
    text = "It may be long. `fit` runs now: we train the model for 20 epochs."
    (match,) = matches("step-claim", article(text, FIT))
    assert match.evidence["text"] == "fit runs now: we train the model for 20 epochs."


def test_a_notebook_s_own_words_are_compared_on_its_lines() -> None:
    said = {"cell_type": "markdown", "metadata": {}, "source": ["# On\n", "We train for\n", "20 epochs.\n"]}
    code = {**said, "cell_type": "code", "execution_count": None, "outputs": [], "source": [FIT]}
    raw = {**said, "cell_type": "raw"}
    text = json.dumps(
        {"cells": [raw, said, code], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1
    )
    notebook = read_listing(Article("a.ipynb", "0", text, "notebook"))
    (match,) = matches("step-claim", Evidence(notebook, trace()))
    lines = text.split("\n")
    assert "We train for" in lines[match.line - 1]
    assert match.line > lines.index('   "cell_type": "markdown",')
    assert match.end_line == match.line + 1


LOADED = DataLoaded(seq=0, line=4, name="mnist", shapes=((60000, 28, 28),), repeated_from=None)


def test_an_accuracy_that_nobody_computes_is_quoted() -> None:
    text = "First we train, logging the accuracy."
    (match,) = matches("metric-claim", article(text, FIT, compiled(0, metrics=())))
    assert match.line == 1
    assert match.message == (
        'The text says "logging the accuracy", but no model is compiled with a metric: '
        "correct one of the two."
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
    assert (match.line, match.end_line) == (1, 1)
    assert "MNIST" in match.message


def test_a_data_set_that_is_loaded_or_read_is_left_alone() -> None:
    said = "We will use the MNIST dataset."
    assert matches("data-claim", article(said, FIT, LOADED)) == []
    assert matches("data-claim", article(said, "x = np.load('digits.npz')\n" + FIT, compiled(0))) == []


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


@pytest.mark.parametrize("words", ["convolutional layers with a stride of 2", "strided convolutions"])
def test_a_stride_that_the_text_gives_is_looked_for(words: str) -> None:
    text = f"The discriminator consists of {words}, which downsample."
    assert len(matches("layer-claim", article(text, FIT, discriminator(1)))) == 1
    assert matches("layer-claim", article(text, FIT, discriminator(2))) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("The images are 32x32 pixels.", True),
        ("MNIST has images of 32x32 pixels.", True),
        ("CIFAR-10 has images of 32x32 pixels.", False),
        ("In the next chapter the images are 32x32 pixels.", False),
    ],
)
def test_sizes_are_those_of_the_data_that_are_loaded(text: str, wrong: bool) -> None:
    known = article(text, FIT, DataLoaded(0, 1, "mnist", ((60000, 28, 28),), None))
    assert bool(matches("shape-claim", known)) is wrong
