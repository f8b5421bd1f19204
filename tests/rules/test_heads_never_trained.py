"""A head of its own beside layers that are shared, and what keeps the rule silent about it."""

from __future__ import annotations

import pytest

from harness.model import Event
from harness.rules._evidence import Evidence
from tests.rules._traces import call, compiled, evidence, matches, model, moved

JUDGE, CLASSIFIER, WHOLE, OTHER = range(4)
SOURCE = """\
judge.compile("adam", "binary_crossentropy")
classifier.compile("adam", "categorical_crossentropy")
judge.fit(x, y)
"""


def held(*more: Event, text: str = "", changed: int = 2, shares: tuple[int, ...] = (JUDGE,)) -> Evidence:
    """One of two models is trained, in which ``changed`` of the other's four weight arrays move."""
    trained = call("fit", JUDGE, line=3, moved=(moved(JUDGE), moved(CLASSIFIER, changed=changed, arrays=4)))
    return evidence(
        SOURCE + text,
        model(JUDGE, "judge", shares=(CLASSIFIER,)),
        model(CLASSIFIER, "classifier", shares=shares),
        compiled(JUDGE, line=1),
        compiled(CLASSIFIER, line=2),
        trained,
        *more,
    )


def lines(found: Evidence) -> list[int]:
    return [match.line for match in matches("head-never-trained", found)]


def test_a_compiled_head_that_only_its_neighbour_moves_is_told() -> None:
    (match,) = matches("head-never-trained", held())
    assert match.line == 2
    assert match.message.startswith("`classifier` is compiled here and never trained: what trains `judge`")


def test_one_of_which_everything_may_have_moved_is_left_alone() -> None:
    assert lines(held(changed=4)) == [], "a model of layers of the other alone"
    moving = moved(CLASSIFIER, changed=2, arrays=4)
    again = call("fit", JUDGE, line=4, moved=(moved(JUDGE), moving))
    assert lines(held(again, text="judge.fit(x, y)\n")) == [2], "the same two arrays"
    other = call("fit", OTHER, line=4, moved=(moved(OTHER), moving))
    assert lines(held(model(OTHER, "other"), other, text="other.fit(x, y)\n")) == [], "perhaps the other two"


def test_one_that_shares_nothing_is_left_alone() -> None:
    assert lines(held(shares=())) == []


@pytest.mark.parametrize("trained", [CLASSIFIER, WHOLE])
def test_one_that_is_trained_itself_or_in_a_whole_is_left_alone(trained: int) -> None:
    whole = model(WHOLE, "whole", contains=(JUDGE, CLASSIFIER), shares=(JUDGE, CLASSIFIER))
    more = call("fit", trained, line=4, moved=(moved(CLASSIFIER, changed=1, arrays=4), moved(JUDGE)))
    assert lines(held(whole, more, text="trained.fit(x, y)\n")) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("judge.trainable = False\n", True),
        ("classifier.trainable = False\n", False),
        ("features.trainable = False\n", False),
        ("classifier.layers[1].trainable = False\n", False),
        ("classifier.load_weights(path)\n", False),
    ],
)
def test_one_that_is_meant_to_stay_is_left_alone(text: str, told: bool) -> None:
    assert bool(lines(held(text=text))) is told


def test_training_that_was_not_reached_may_train_it() -> None:
    assert lines(held(text="def later():\n    classifier.fit(x)\n\n\nlater()\n")) == []


def test_training_that_was_not_watched_may_have_moved_it() -> None:
    unknown = call("fit", JUDGE, line=4, moved=(moved(JUDGE),))
    assert lines(held(unknown, text="judge.fit(x, y)\n")) == []
