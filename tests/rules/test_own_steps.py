"""Rules about steps that a model makes of losses of its own: what they see inside ``fit``."""

from __future__ import annotations

from typing import Any

import pytest

from harness.listing import read_listing
from harness.model import (
    ArraySummary,
    Article,
    DataLoaded,
    Event,
    Fed,
    Listing,
    LossTaken,
    ModelSeen,
    Step,
)
from harness.rules._evidence import Evidence, Match
from tests.rules._traces import array, call, layer, listing, matches, model, moved, pair, probe, trace

GENERATOR, DISCRIMINATOR, GAN = 0, 1, 2
PROGRAM = "#\n#\n#\n#\ngan.fit(x)"
LOADED = DataLoaded(0, 1, "mnist", ((60000, 28, 28),), None)
REAL = array(64, 784, low=-1.0, origin="data-set", data_set="mnist.x_train", fraction=1.0)
FAKE = array(64, 784, low=None, high=None, origin="model", origin_model=GENERATOR)
NOISE = array(64, 784, low=-3.0, high=3.0, origin="random")


def players(*, generator_end: str = "tanh", discriminator_end: str = "sigmoid") -> tuple[ModelSeen, ...]:
    return (
        model(GENERATOR, "generator", layer("Dense", None, 784, activation=generator_end, parameters=100)),
        model(
            DISCRIMINATOR,
            "discriminator",
            layer("Dense", None, 1, activation=discriminator_end, parameters=785),
            inputs=((None, 784),),
            outputs=((None, 1),),
        ),
        model(GAN, "gan", kind="GAN", contains=(GENERATOR, DISCRIMINATOR), inputs=(), outputs=()),
    )


def fit(fed: ArraySummary, **more: Any) -> Event:
    own = Step(
        (DISCRIMINATOR,), (DISCRIMINATOR,), (Fed(DISCRIMINATOR, fed), Fed(DISCRIMINATOR, FAKE)), 1, True
    )
    through = Step((GENERATOR,), (GENERATOR, DISCRIMINATOR), (Fed(DISCRIMINATOR, FAKE),), 1, True)
    more.setdefault("moved", (moved(GENERATOR), moved(DISCRIMINATOR)))
    more.setdefault("batch", 64)
    return call("fit", GAN, line=5, inputs=(fed,), steps=(own, through), planned=12000, **more)


def ranges(fake: tuple[float, float], real: tuple[float, float], origin: str = "data-set") -> Event:
    return probe("ranges", (GENERATOR, DISCRIMINATOR), fake=fake, real=real, real_origin=origin)


def found(rule: str, *events: Event, source: str = PROGRAM, **ends: str) -> list[Match]:
    known = Evidence(
        listing(source), trace(LOADED, *players(**ends), *events, pair(GENERATOR, DISCRIMINATOR))
    )
    return matches(rule, known)


def test_noise_in_the_place_of_the_data_is_convicted_inside_a_step() -> None:
    (match,) = found("never-sees-real-data", fit(NOISE))
    assert match.line == 5
    assert found("never-sees-real-data", fit(REAL)) == []


@pytest.mark.parametrize(
    ("end", "fake", "real", "wrong"),
    [
        ("tanh", (-0.9, 0.9), (0.0, 1.0), True),
        ("tanh", (-0.9, 0.9), (-1.0, 1.0), False),
        ("tanh", (-0.002, 0.002), (0.0, 1.0), True),  # before it has learned
        ("tanh", (0.05, 0.95), (0.0, 1.0), False),  # the step itself lifts it to 0..1
        ("tanh", (-0.01, 0.9), (0.0, 1.0), False),  # and adds some noise
        ("sigmoid", (0.1, 0.9), (-1.0, 1.0), True),
        ("sigmoid", (0.1, 0.9), (0.0, 1.0), False),
        ("sigmoid", (-0.8, 0.8), (-1.0, 1.0), False),
    ],
)
def test_ranges_are_compared_where_the_discriminator_sees_them(
    end: str, fake: tuple[float, float], real: tuple[float, float], wrong: bool
) -> None:
    matched = found("fake-range-differs-from-real", fit(REAL), ranges(fake, real), generator_end=end)
    assert bool(matched) is wrong


def test_ranges_of_something_that_may_be_no_image_are_not_compared() -> None:
    labels = ranges((-0.9, 0.9), (0.0, 1.0), origin="unknown")
    assert found("fake-range-differs-from-real", fit(REAL), labels) == []


def test_raw_pixels_are_seen_behind_the_scaling_of_the_step() -> None:
    assert found("raw-pixel-input", fit(REAL), ranges((-0.9, 0.9), (0.0, 255.0)))
    assert found("raw-pixel-input", fit(REAL), ranges((-0.9, 0.9), (-1.0, 1.0))) == []


@pytest.mark.parametrize(
    ("end", "fake", "real", "wrong"),
    [
        ("linear", (-3.0, 3.0), (0.0, 1.0), True),
        ("linear", (-3.0, 3.0), (-1.0, 1.0), True),
        ("linear", (0.1, 0.9), (0.0, 1.0), False),  # the step itself bounds it
        ("linear", (-3.0, 3.0), (-2.1, 2.6), False),  # standardised
        ("tanh", (-0.9, 0.9), (-1.0, 1.0), False),
    ],
)
def test_outputs_without_bounds_are_seen_inside_a_step(
    end: str, fake: tuple[float, float], real: tuple[float, float], wrong: bool
) -> None:
    unknown = array(64, 784, low=None, high=None, origin="unknown")
    source = "#\ngenerator = Sequential([Dense(784)])\n#\n#\ngan.fit(x)"
    matched = found(
        "unbounded-generator-output", fit(unknown), ranges(fake, real), source=source, generator_end=end
    )
    assert [match.line for match in matched] == ([2] if wrong else [])


@pytest.mark.parametrize(
    ("end", "logits", "rule"),
    [
        ("linear", False, "logits-into-probability-loss"),
        ("sigmoid", True, "sigmoid-before-logits-loss"),
        ("sigmoid", False, None),
        ("linear", True, None),
    ],
)
def test_a_loss_taken_by_hand_must_suit_the_output(end: str, logits: bool, rule: str | None) -> None:
    taken = LossTaken(0, 3, "binary_crossentropy", logits, DISCRIMINATOR)
    for name in ("logits-into-probability-loss", "sigmoid-before-logits-loss"):
        matched = found(name, taken, taken, fit(REAL), discriminator_end=end)
        assert [match.line for match in matched] == ([3] if name == rule else [])


@pytest.mark.parametrize(
    ("ends", "logits", "rule"),
    [
        ("linear", False, "logits-into-probability-loss"),
        ("outside", False, "logits-into-probability-loss"),
        ("sigmoid", True, "sigmoid-before-logits-loss"),
        ("sigmoid", False, None),
        ("linear", True, None),
        (None, True, None),
        (None, False, None),
    ],
)
def test_a_loss_must_suit_what_was_computed_where_no_layer_tells(
    ends: str | None, logits: bool, rule: str | None
) -> None:
    """As of a network written as a class of its own, or one of several outputs."""
    uses = [LossTaken(0, line, "binary_crossentropy", logits, None, ends) for line in (3, 4)]
    for name in ("logits-into-probability-loss", "sigmoid-before-logits-loss"):
        assert [match.line for match in found(name, *uses, fit(REAL))] == ([3] if name == rule else [])


def test_a_loss_object_with_a_name_is_marked_where_it_is_made() -> None:
    taken = LossTaken(0, 3, "binary_crossentropy", False, DISCRIMINATOR)
    source = PROGRAM.replace("#\n", "bce = BinaryCrossentropy()\n", 1)
    matched = found(
        "logits-into-probability-loss", taken, fit(REAL), source=source, discriminator_end="linear"
    )
    assert [match.line for match in matched] == [1]


def test_a_loss_of_nobody_s_output_is_left_alone() -> None:
    taken = LossTaken(0, 3, "binary_crossentropy", False, None)
    assert found("logits-into-probability-loss", taken, fit(REAL), discriminator_end="linear") == []


@pytest.mark.parametrize(("rows", "wrong"), [(60_000, True), (64, False)])
def test_a_fit_with_one_batch_of_everything(rows: int, wrong: bool) -> None:
    data = array(60_000, 784, low=-1.0, origin="data-set", data_set="mnist.x_train")
    assert bool(found("whole-dataset-as-batch", fit(data, batch=rows))) is wrong


ASKED = call("predict", GENERATOR, line=7, inputs=(array(16, 100, low=-3.0, high=3.0, origin="random"),))


def written(prose: str, code: str) -> Listing:
    """A Markdown article of one sentence and one block."""
    text = f"{prose}\n\n```python\n{code}\n```\n"
    return read_listing(Article("a.md", "0", text, "markdown"))


@pytest.mark.parametrize(
    ("prose", "code", "events", "wrong"),
    [
        ("It learns to generate images.", "x\ngan.fit(x)", (), True),
        ("It learns to generate images.", "x\ngan.fit(x)", (ASKED,), False),
        ("It learns to generate images.", "x\ngan.fit(x)\nplt.imshow(y)", (), False),
        ("It learns to generate images.", "x\ngan.fit(x)\ngenerator.save('g.keras')", (), False),
        ("It trains two networks.", "x\ngan.fit(x)", (), False),
    ],
)
def test_an_article_about_generated_data_shows_some(
    prose: str, code: str, events: tuple[Event, ...], wrong: bool
) -> None:
    seen = trace(LOADED, *players(), fit(REAL), *events, pair(GENERATOR, DISCRIMINATOR))
    assert bool(matches("nothing-generated", Evidence(written(prose, code), seen))) is wrong


def test_examples_of_a_network_that_was_not_trained() -> None:
    double = model(3, "g", layer("Dense", None, 784, activation="tanh", parameters=100))
    asked = call("predict", 3, line=7, inputs=(array(16, 100, low=-3.0, high=3.0, origin="random"),))
    idle = fit(REAL, moved=(moved(GENERATOR), moved(DISCRIMINATOR), moved(3, 0.0)))
    rule = "samples-from-untrained-generator"
    (match,) = found(rule, double, idle, asked)
    assert match.evidence == {"model": 3, "trained": GENERATOR}
    assert found(rule, double, idle, ASKED) == []
    assert found(rule, double, idle, asked, source=f"{PROGRAM}\ng.set_weights(w)") == []
    both = fit(REAL, moved=(moved(GENERATOR), moved(3)))
    assert found(rule, double, both, asked) == []


@pytest.mark.parametrize(
    ("given", "wrong"), [(", steps_per_epoch=100", True), ("", False), (", steps_per_epoch=900", False)]
)
def test_an_epoch_that_fit_is_told_to_cut_short(given: str, wrong: bool) -> None:
    source = PROGRAM.replace("(x)", f"(x{given})")
    assert bool(found("epoch-is-not-an-epoch", fit(REAL), source=source)) is wrong


@pytest.mark.parametrize(("rounds", "wrong"), [("100", True), ("900", False), ("len(x) // 64", False)])
def test_an_epoch_of_a_fixed_number_of_batches(rounds: str, wrong: bool) -> None:
    inner = f"    for i in range({rounds}):\n        #\n        d.train_on_batch(x, y)"
    loop = f"#\nfor epoch in range(20):\n{inner}"
    trained = call("train_on_batch", DISCRIMINATOR, line=5, inputs=(REAL,), moved=(moved(DISCRIMINATOR),))
    matched = found("epoch-is-not-an-epoch", trained, source=loop)
    assert [match.line for match in matched] == ([2] if wrong else [])
