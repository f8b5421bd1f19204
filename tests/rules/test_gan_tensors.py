"""Rules about shapes, ranges, losses and activations, on hand-made runs."""

from __future__ import annotations

import pytest

from harness.model import FrameworkLoaded, Severity
from harness.rules import load
from harness.rules._judge import judge
from tests.rules._gans import COMBINED, DISCRIMINATOR, SOURCE, Program, d_step, fake, g_step, real
from tests.rules._traces import array, call, compiled, evidence, labels, layer, matches, model

TRACED = [rule for rule in load() if not rule.fallback]
NO_STEP = Program().calls[2:]
ON_TENSORFLOW = FrameworkLoaded(
    seq=0, line=2, versions={"keras": "3.15.1"}, backend="tensorflow", device="cpu"
)
ON_JAX = FrameworkLoaded(seq=0, line=2, versions={"keras": "3.15.1"}, backend="jax", device="cpu")


def found(program: Program) -> list[tuple[str, int]]:
    findings = judge(program.evidence(), TRACED)
    return [(f.rule, f.line) for f in findings if f.severity is not Severity.NOTE]


def in_unit_interval() -> Program:
    source = SOURCE.replace("/ 127.5 - 1", "/ 255")
    calls = (d_step(18, real(low=0.0), 1), d_step(19, fake(), 0), g_step(21, 1))
    return Program(source=source, calls=calls)


def test_data_in_the_unit_interval_do_not_fit_a_tanh() -> None:
    (match,) = matches("fake-range-differs-from-real", in_unit_interval().evidence())
    assert match.line == 6
    assert match.message == (
        "The real examples lie in [0, 1], but `generator` ends in tanh (line 8) and makes values in [-1, 1]. "
        "Scale the examples to [-1, 1] (pixels: `x / 127.5 - 1`), or let it end in a sigmoid."
    )


def test_data_in_the_unit_interval_fit_a_sigmoid() -> None:
    program = in_unit_interval()
    assert found(Program(source=program.source, calls=program.calls, generator_end="sigmoid")) == []


def test_outputs_rescaled_before_the_discriminator_are_right() -> None:
    calls = (d_step(18, real(low=0.0), 1), d_step(19, fake(low=0.2, high=0.8), 0), g_step(21, 1))
    program = Program(calls=calls, joined=False)
    assert matches("fake-range-differs-from-real", program.evidence()) == []


def test_raw_pixels_are_one_finding_not_two() -> None:
    calls = (d_step(18, real(low=0.0, high=255.0), 1), d_step(19, fake(), 0), g_step(21, 1))
    assert found(Program(calls=calls)) == [("raw-pixel-input", 6)]  # where the data are made


@pytest.mark.parametrize(
    ("made", "told"),
    [("encoder = Sequential([Dense(8)])", True), ("encoder = applications.VGG16()", False)],
)
def test_raw_pixels_are_told_of_a_network_inside_that_the_text_makes(made: str, told: bool) -> None:
    inner = model(1, "encoder", layer("Dense", None, 8, parameters=9))
    outer = model(0, "whole", layer("Sequential", None, 8, parameters=9, model=1), contains=(1,))
    fit = call("fit", 0, line=2, inputs=(real(64, 784, low=0.0, high=255.0),), targets=(labels(64, 0, 1),))
    found = evidence(f"{made}\nwhole.fit(x, y)\n", inner, outer, fit)
    assert bool(matches("raw-pixel-input", found)) is told


def test_a_network_that_rescales_first_may_be_fed_raw_pixels() -> None:
    network = model(
        0, "net", layer("Rescaling", None, 784), layer("Dense", None, 10, activation="softmax", parameters=9)
    )
    fit = call("fit", 0, inputs=(real(64, 784, low=0.0, high=255.0),), targets=(labels(64, 0, 1),))
    assert matches("raw-pixel-input", evidence("", network, fit)) == []


def test_an_output_without_activation_is_no_probability() -> None:
    assert found(Program(discriminator_end="linear")) == [("logits-into-probability-loss", 10)]


def test_a_mended_double_sigmoid_is_a_warning_that_says_so() -> None:
    compiles = tuple(compiled(m, line=n, from_logits=True) for m, n in ((DISCRIMINATOR, 10), (COMBINED, 12)))
    (match,) = matches(
        "sigmoid-before-logits-loss", Program(compiles=compiles, more=(ON_TENSORFLOW,)).evidence()
    )
    assert (match.line, match.severity) == (10, Severity.WARNING)
    assert "mends it" in match.message
    (match,) = matches("sigmoid-before-logits-loss", Program(compiles=compiles, more=(ON_JAX,)).evidence())
    assert match.severity is None


@pytest.mark.parametrize(
    ("source", "line"),
    [
        # In the statement itself, in the object that it names, in the only place there is.
        ("d.compile(\n    optimizer,\n    BCE(from_logits=True),\n)\ng.compile(BCE(from_logits=True))", 3),
        ("one = BCE(from_logits=True)\ntwo = BCE(from_logits=True)\nd.compile(loss=two)", 2),
        ("d.compile(loss=make())\n\n\ndef make():\n    return BCE(from_logits=True)", 5),
        ("d.compile(loss=pick(1))\na = BCE(from_logits=True)\nb = BCE(from_logits=True)", 1),
        ("d.compile(loss=load())", 1),
    ],
)
def test_a_double_sigmoid_is_marked_where_logits_are_asked_for(source: str, line: int) -> None:
    at = next(n for n, text in enumerate(source.split("\n"), start=1) if text.startswith("d.compile"))
    compiles = (compiled(DISCRIMINATOR, line=at, from_logits=True),)
    (match,) = matches("sigmoid-before-logits-loss", Program(source=source, compiles=compiles).evidence())
    assert match.line == line


def test_a_loss_object_that_a_function_of_the_article_s_own_calls_is_marked_where_it_is_made() -> None:
    source = "bce = BCE(from_logits=True)\n\n\ndef loss(y, p):\n    return bce(y, p)\n"
    program = Program(source=source, compiles=(compiled(DISCRIMINATOR, "loss", line=9, from_logits=None),))
    assert [match.line for match in matches("sigmoid-before-logits-loss", program.evidence())] == [1]


def test_a_hand_written_logits_loss_is_marked_inside_its_function() -> None:
    source = """\
    def loss(y_true, y_pred):
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(y_true, y_pred))
    """
    program = Program(source=source, compiles=(compiled(DISCRIMINATOR, "loss", line=10, from_logits=None),))
    (match,) = matches("sigmoid-before-logits-loss", program.evidence())
    assert (match.line, match.severity) == (2, None)


def test_a_generator_compiled_but_trained_through_the_discriminator_may_end_in_tanh() -> None:
    compiles = (compiled(0, line=9), *Program().compiles)
    assert found(Program(compiles=compiles)) == []


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (0.0, 1.0)])
def test_a_linear_output_cannot_hold_the_range_of_images(low: float, high: float) -> None:
    calls = (d_step(18, real(low=low, high=high), 1), d_step(19, fake(), 0), g_step(21, 1))
    assert found(Program(generator_end="linear", calls=calls)) == [("unbounded-generator-output", 8)]


def test_standardised_data_have_no_range_to_hold() -> None:
    calls = (d_step(18, real(low=-0.4, high=2.8), 1), d_step(19, fake(), 0), g_step(21, 1))
    assert found(Program(generator_end="linear", calls=calls)) == []


def test_a_softmax_over_one_unit_is_always_one() -> None:
    assert [rule for rule, _ in found(Program(discriminator_end="softmax"))] == ["softmax-over-one-unit"]


def test_labels_of_both_signs_are_no_probabilities() -> None:
    calls = (d_step(18, real(), 1), d_step(19, fake(), -1), g_step(21, 1))
    assert found(Program(calls=calls)) == [("labels-outside-unit-interval", 19)]


def test_labels_smoothed_beyond_one_are_accepted() -> None:
    calls = (d_step(18, real(), 1.2), d_step(19, fake(), 0), g_step(21, 1.2))
    assert found(Program(calls=calls)) == []


def test_data_scaled_twice_are_convicted_at_the_second_scaling() -> None:
    source = SOURCE.replace("\ngenerator =", "x_train = x_train / 255\ngenerator =")
    calls = (d_step(18, real(low=-0.0039, high=0.0039), 1), d_step(19, fake(), 0), g_step(21, 1))
    assert found(Program(source=source, calls=calls)) == [("double-normalisation", 7)]


def test_a_loss_that_is_not_finite_is_said_once() -> None:
    calls = (d_step(18, real(), 1, losses=(float("nan"),)), *NO_STEP)
    (match,) = matches("not-finite", Program(calls=calls).evidence())
    assert match.line == 18


def test_new_noise_from_outside_the_loop_is_stale() -> None:
    source = SOURCE.replace("    noise = np.random.normal(size=(32, 16))\n", "").replace(
        "for step", "noise = np.random.normal(size=(32, 16))\nfor step"
    )
    assert found(Program(source=source)) == [("constant-latent", 14)]


def test_a_batch_chosen_before_the_loop_is_stale() -> None:
    pick = "    real = x_train[np.random.randint(0, 60000, 32)]\n"
    source = SOURCE.replace(pick, "").replace("for step", pick.strip() + "\nfor step")
    assert found(Program(source=source)) == [("same-batch-every-step", 14)]


def test_unknown_layers_keep_the_rules_about_activations_silent() -> None:
    network = model(0, "net", layer("Lambda", None, 1, parameters=0), outputs=((None, 1),))
    fit = call("fit", 0, inputs=(array(8, 2),), targets=(labels(8, 0, 1),))
    seen = evidence("", network, compiled(0), fit)
    assert matches("logits-into-probability-loss", seen) == []
