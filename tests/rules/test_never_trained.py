"""A network that a loss goes through and that nothing trains, and what keeps the rule silent about it."""

from __future__ import annotations

import pytest

from harness.model import Step
from harness.rules import load
from harness.rules._judge import judge
from tests.rules._traces import array, call, evidence, matches, model, moved, noticed

ENCODER, DECODER = 0, 1
SOURCE = """\
encoder = build(4)
decoder = build(8)
for x in data:
    train_step(x)
"""
LEFT_OUT = Step((DECODER,), (ENCODER, DECODER), (), None, exact=True, line=4)


def found(step: Step = LEFT_OUT, by: float = 0.0, more: str = "", shares: tuple[int, ...] = ()) -> list[int]:
    """The lines marked where one step trains, and the encoder moves ``by`` in it."""
    encoder = model(ENCODER, "encoder", line=1, shares=shares)
    train = call("function", None, line=4, moved=(moved(ENCODER, by), moved(DECODER)), steps=(step,))
    held = evidence(SOURCE + more, encoder, model(DECODER, "decoder", line=2), train)
    return [match.line for match in matches("network-never-trained", held)]


def test_a_network_on_the_way_of_the_loss_is_trained() -> None:
    assert found() == [4]
    assert found(Step((ENCODER, DECODER), (ENCODER, DECODER), (), None, exact=True, line=4)) == []


def test_one_that_moves_in_another_way_is_trained() -> None:
    assert found(by=0.1) == []


def test_one_that_shares_its_weights_is_trained_with_them() -> None:
    assert found(shares=(DECODER,)) == []


def test_the_order_of_calls_is_not_enough() -> None:
    assert found(Step((DECODER,), (ENCODER, DECODER), (), None, exact=False, line=4)) == []


@pytest.mark.parametrize(
    "text",
    [
        "encoder.trainable = False\n",
        "encoder.set_weights(weights)\n",
        'encoder = keras.models.load_model("encoder.keras")\n',
        "encoder = keras.applications.VGG19()\n",
    ],
)
def test_one_that_is_meant_to_stay_is_left_alone(text: str) -> None:
    assert found(more=text) == []


def test_variables_taken_in_the_place_of_others_are_one_mistake() -> None:
    train = call("function", None, line=4, moved=(moved(ENCODER, 0.0), moved(DECODER)), steps=(LEFT_OUT,))
    said = noticed("UserWarning", "Gradients do not exist for variables ['probe/kernel'] when ...", line=4)
    models = model(ENCODER, "encoder", line=1), model(DECODER, "decoder", line=2)
    judged = [rule for rule in load() if rule.needs != "source"]
    rules = [one.rule for one in judge(evidence(SOURCE, *models, train, said), judged)]
    assert rules == ["network-never-trained"]


def test_training_that_was_not_reached_may_train_it() -> None:
    assert found(more="def later():\n    encoder.fit(x)\n\n\nlater()\n") == []


@pytest.mark.parametrize(("updates", "told"), [(3, True), (0, False)])
def test_data_without_a_batch_are_no_training_without_effect(updates: int, told: bool) -> None:
    still = call("fit", 0, inputs=(array(8, 4),), moved=(moved(0, 0.0),), updates=updates)
    held = evidence("net.fit(x, y)", model(0, "net"), still)
    assert bool(matches("training-without-effect", held)) is told
