"""Sentences that the run contradicts are quoted; all others are left alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.listing import read_listing
from harness.model import Article, BrokenLine, DataLoaded, Event
from harness.rules._evidence import Evidence
from tests.rules._traces import compiled, layer, matches, model, trace


def article(text: str, code: str, *events: Event) -> Evidence:
    """Prose in line 1, code from line 4 on."""
    whole = f"{text}\n\n```python\n{code}\n```\n"
    return Evidence(read_listing(Article("a.md", "0", whole, "markdown")), trace(*events))


FIT = "model.fit(x, y, epochs=5)"


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


def steps_of(code: str, text: str = "We train the model for 20 epochs.") -> list[str]:
    return [match.message for match in matches("step-claim", article(text, code))]


GAN = """\
def train(gan, data, epochs={default}, batch=20):
    for epoch in range(epochs):
        for i in range(4 * 5):
            gan.train_on_batch(data[i], labels)

"""


@pytest.mark.parametrize(
    "code",
    [
        "x = x.reshape(-1, 20, 28)\nmodel.fit(x, y, epochs=5)",
        "E = 5\nsize = 20\nmodel.fit(x, y, epochs=E)",
        "for epoch in range(5):\n    for batch in data:\n        model.train_on_batch(batch, y[:20])",
        "def fit_it(model, epochs=5, units=20):\n    model.fit(x, y, epochs=epochs)\n\nfit_it(model)",
        GAN.format(default=20).replace("4 * 5", "len(data)") + "train(gan, data, 5)",
        GAN.format(default=5).replace("4 * 5", "len(data)") + "train(gan, data)",
        "for epoch in tqdm(range(5)):\n    for x in data:\n        step(x)\n\n\n"
        "def step(x):\n    optimizer.apply_gradients(zip(g, v[:20]))\n",
    ],
)
def test_a_small_number_of_epochs_is_compared_with_the_training_alone(code: str) -> None:
    (message,) = steps_of(code)
    assert message.startswith('The text says "train the model for 20 epochs", but the training (line ')
    assert "goes round 5 times. Correct one of the two." in message


def test_several_loops_are_told_by_their_own_rounds_and_not_by_what_they_make() -> None:
    loops = "for i in range(4):\n    for j in range(3):\n        model.train_on_batch(x, y)"
    (message,) = steps_of(loops)
    assert message.endswith("but the training (line 6) has loops of 3 and 4 rounds. Correct one of the two.")


@pytest.mark.parametrize(
    "code",
    [
        "model.fit(x, y, epochs=20)",
        "model.fit(x, y, 32, 20)",
        "EPOCHS = 4 * 5\nmodel.fit(x, y, epochs=EPOCHS)",
        "for epoch in range(1, 21):\n    for batch in data:\n        model.train_on_batch(batch, y)",
        "for fold in range(4):\n    model.fit(x, y, epochs=5)",
        "model.fit(x, y, epochs=5)\nmodel.fit(x, y, epochs=15)",
        GAN.format(default=20) + "train(gan, data)",
        GAN.format(default=5) + "train(gan, data, epochs=20)",
        "def run(n):\n    for e in range(n): step()\ndef step():\n    m.train_on_batch(x, y)\nrun(20)",
        # What the text does not say in numbers is compared with all of them.
        "model.fit(x, y, epochs=args.epochs, batch_size=20)",
        "while step < 5:\n    model.train_on_batch(x, y[:20])",
        "model.fit(x[:20], y, epochs=5, callbacks=[EarlyStopping()])",
        "for e in range(5):\n    if done: break\n    model.fit(x[:20], y, epochs=1)",
        "n = 5\nn += 15\nmodel.fit(x, y[:20], epochs=n)",
        "model.fit(data.repeat(4), epochs=5, steps_per_epoch=20)",
        "model.fit(x, y, epochs=5)  # 20 are better",
    ],
)
def test_epochs_that_the_training_makes_or_may_make_are_left_alone(code: str) -> None:
    assert steps_of(code) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("The network is trained for only twenty epochs.", True),
        ("After 20 epochs of training it is good.", True),
        ("We start by training it for 20 full epochs.", True),
        ("It is then jointly trained for 20 epochs.", True),
        ("We compile the model and trained it for 20 epochs.", True),
        ("Training over 20 full epochs takes a minute.", False),
        ("Training for 20 epochs is overkill; five are plenty.", False),
        ("A convolutional network trained for 20 epochs reaches 99%, while ours stays at 97%.", False),
        ("When I trained this model for 20 epochs on a GPU, it was better.", False),
        (
            "In the last tutorial we trained a network for 20 epochs. In this one we train for 5 epochs.",
            False,
        ),
        ("In part one we trained it for 20 epochs.", False),
        ("Here we train one for 5 epochs; the example of Keras trains for 20 epochs.", False),
        ("Training for 20 epochs would be better.", False),
        ("In the paper it was trained for 20 epochs.", False),
        ("Train it for 20 more epochs.", False),
        ("VGG16 was pre-trained for 20 epochs.", False),
        ("We train the model for 5 epochs.", False),
        ("We train it for 20 epochs; to keep it short, only 5 are made.", False),
    ],
)
def test_only_sentences_about_this_training_are_compared(text: str, wrong: bool) -> None:
    assert bool(steps_of("model.fit(x[:20], y, epochs=5)", text)) is wrong


def test_a_number_that_another_sentence_accounts_for_is_left_alone() -> None:
    text = "We trained it for 20 epochs. The code below makes only 5 of them."
    assert steps_of("model.fit(x, y, epochs=5)", text) == []


@pytest.mark.parametrize(("broken", "wrong"), [("for i in x\n", True), ("model.fit(x, epochs=20\n", False)])
def test_what_no_parser_accepts_may_train_too(broken: str, wrong: bool) -> None:
    found = article("We train the model for 20 epochs.", "model.fit(x[:20], y, epochs=5)")
    place = BrokenLine(line=6, end_line=6, block=1, source=broken, message="invalid syntax")
    seen = replace(found, listing=replace(found.listing, broken=(place,)))
    assert bool(matches("step-claim", seen)) is wrong


def test_steps_are_compared_with_the_training_where_every_loop_around_it_is_counted() -> None:
    text = "We train the model for 300 iterations."
    loop = "for i in range(100):\n    model.train_on_batch(x[:300], y)"
    assert len(steps_of(loop, text)) == 1
    assert (
        steps_of(
            "for i in range(100):\n    for j in range(3):\n        " + "model.train_on_batch(x, y)", text
        )
        == []
    )
    # How many batches an epoch has is not in the text.
    assert steps_of("model.fit(x[:300], y, epochs=5)", text) == []


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
