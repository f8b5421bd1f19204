"""Rounds, epochs and steps that a text claims are compared with the training, where both can be read."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from harness.model import BrokenLine
from tests.rules._sentences import FIT, article, steps_of
from tests.rules._traces import matches


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


def tangled(names: int) -> str:
    """Numbers that are made of one another over and over, and functions that call one another in loops."""
    sums = [f"n{i} = n{(i * 7 + j) % names} + n{(i + j) % names} + 1" for j in range(8) for i in range(names)]
    functions = [
        f"def f{i}():\n" + "".join(f"    for a in range(n{i}):\n        f{i + 1}()\n" for _ in range(8))
        for i in range(4)
    ]
    return "\n".join(
        [*sums, *functions, "def f4():\n    for a in range(n0):\n        model.fit(x, y)", "f0()"]
    )


def test_text_that_is_tangled_is_given_up_soon() -> None:
    began = time.process_time()
    (message,) = steps_of(tangled(12))
    assert "nothing in the code is repeated 20 times" in message
    assert time.process_time() - began < 10
