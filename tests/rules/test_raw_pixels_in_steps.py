"""Raw pixels inside hand-written steps: by what reached the network there, and what comes of them."""

from __future__ import annotations

import pytest

from harness.model import ArraySummary, Event, Fed, Step
from harness.rules import get
from harness.rules._judge import judge
from tests.rules._traces import array, call, evidence, layer, matches, model, probe

SOURCE = """
(x_train, _), _ = mnist.load_data()
x_train = x_train.reshape(-1, 784).astype("float32")
data = Dataset.from_tensor_slices(x_train).batch(64)


def step(x):
    with tf.GradientTape() as tape:
        loss = elbo(x, encoder(x))
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))


for batch in data:
    step(batch)
"""
ENCODER, OTHER = 0, 1
NAN = float("nan")
NETWORK = model(ENCODER, "encoder", layer("Dense", None, 8, parameters=100), inputs=((None, 784),))
FED = array(64, 784, low=None, high=None, origin="data-set", data_set="mnist.x_train")
RAW = array(64, 784, high=255.0, origin="data-set", data_set="mnist.x_train")


def stepped(fed: ArraySummary, *losses: float, api: str = "function", line: int = 14) -> Event:
    step = Step((ENCODER,), (ENCODER,), (Fed(ENCODER, fed),), None, True, 8)
    return call(api, None, line=line, steps=(step,), losses=losses)


def received(low: float, high: float, origin: str = "data-set") -> Event:
    one = {"model": ENCODER, "origin": origin, "shape": [64, 784], "low": low, "high": high}
    return probe("received", arrays=[one])


def test_values_that_were_computed_after_the_run_tell_raw_pixels() -> None:
    (match,) = matches("raw-pixel-input", evidence(SOURCE, NETWORK, stepped(FED, 1.0), received(0, 255)))
    assert match.line == 2
    assert match.message == (
        "`encoder` is fed raw pixels in line 14, from 0 to 255; scale them to the range it works in first."
    )


@pytest.mark.parametrize(
    "seen",
    [
        received(0, 1),  # scaled inside the step
        received(-1, 254),
        received(0, 255, "unknown"),
    ],
)
def test_what_is_scaled_or_unknown_inside_a_step_is_left_alone(seen: Event) -> None:
    assert matches("raw-pixel-input", evidence(SOURCE, NETWORK, stepped(FED, NAN), seen)) == []


def test_a_network_that_rescales_first_may_be_fed_raw_pixels_in_a_step() -> None:
    layers = (layer("Rescaling", None, 784), layer("Dense", None, 8, parameters=100))
    network = model(ENCODER, "encoder", *layers, inputs=((None, 784),))
    assert matches("raw-pixel-input", evidence(SOURCE, network, stepped(RAW, 1.0))) == []


def test_of_two_ranges_of_one_origin_the_narrower_counts() -> None:
    found = evidence(SOURCE, NETWORK, stepped(FED, 1.0), received(0, 1), received(0, 255))
    assert matches("raw-pixel-input", found) == []


def test_on_an_eager_tape_the_network_s_own_call_feeds_it() -> None:
    own = call("call", ENCODER, trains=False, line=8)
    found = evidence(SOURCE, NETWORK, own, stepped(RAW, 1.0, api="apply", line=9))
    (match,) = matches("raw-pixel-input", found)
    assert (match.line, "in line 8" in match.message) == (2, True)


def judged(*events: Event, source: str = SOURCE) -> list[tuple[str, int]]:
    rules = [get(name) for name in ("raw-pixel-input", "not-finite", "kl-sign-or-scale")]
    return [(one.rule, one.line) for one in judge(evidence(source, *events), rules)]


def test_a_loss_that_breaks_down_over_raw_pixels_is_told_with_its_cause() -> None:
    events = (NETWORK, stepped(FED, 1.0, NAN), received(0, 255))
    assert judged(*events) == [("raw-pixel-input", 2)]
    (match,) = matches("raw-pixel-input", evidence(SOURCE, *events))
    assert match.severity == "error"
    assert match.message.endswith("The training breaks down over it: its loss (line 14) is not finite.")


def test_a_loss_that_breaks_down_over_another_model_is_told_as_well() -> None:
    other = model(OTHER, "critic", layer("Dense", None, 1, parameters=9), inputs=((None, 4),))
    broken = call("train_on_batch", OTHER, line=12, losses=(NAN,))
    assert judged(NETWORK, other, broken, stepped(RAW, 1.0)) == [("raw-pixel-input", 2), ("not-finite", 12)]


def test_a_loss_of_a_step_of_unknown_inside_is_told_beside_raw_pixels() -> None:
    unknown = call("function", None, line=12, losses=(NAN,))
    assert judged(NETWORK, unknown, stepped(RAW, 1.0)) == [("raw-pixel-input", 2), ("not-finite", 12)]


def test_data_that_hold_nan_are_a_cause_of_their_own() -> None:
    dirty = call("fit", ENCODER, line=12, inputs=(array(64, 784, finite=False),), losses=(NAN,))
    assert judged(NETWORK, dirty, stepped(RAW, 1.0)) == [("raw-pixel-input", 2), ("not-finite", 12)]


@pytest.mark.parametrize(("sign", "told"), [("", ("kl-sign-or-scale", 8)), ("-", ("not-finite", 14))])
def test_a_divergence_of_the_wrong_sign_is_the_cause(sign: str, told: tuple[str, int]) -> None:
    divergence = f"{sign}0.5 * tf.reduce_mean(1 + log_var - mean**2 - tf.exp(log_var))"
    source = SOURCE.replace("elbo(x, encoder(x))", f"rest + {divergence}")
    assert judged(NETWORK, stepped(FED, NAN), received(0, 1), source=source) == [told]


def test_data_at_the_top_may_be_made_behind_the_function_that_goes_through_them() -> None:
    step, data = SOURCE.lstrip().split("\n\n\n")[1], SOURCE.lstrip().split("\n\n\n")[0]
    source = f"{step}\n\n\ndef train():\n    for batch in data:\n        step(batch)\n\n\n{data}\ntrain()\n"
    known = evidence(source, NETWORK, stepped(FED, 1.0, line=9), received(0, 255))
    assert [source.split("\n")[m.line - 1] for m in matches("raw-pixel-input", known)] == [
        'x_train = x_train.reshape(-1, 784).astype("float32")'
    ]
