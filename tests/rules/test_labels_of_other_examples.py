"""labels-of-other-examples: parts of a split are followed through the names that are made of them."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, fault, matches

RULE = "labels-of-other-examples"
LOADED = "(x_train, y_train), (x_test, y_test) = mnist.load_data()\n"
SPLIT = "x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.5)\n"
SCALED = "x_test = x_test / 255\nlabels = to_categorical(y_train, 10)\n"


@pytest.mark.parametrize("split", [LOADED, SPLIT])
@pytest.mark.parametrize(
    ("use", "fires"),
    [
        ("model.fit(x_train, y_test)", True),
        ("model.fit(x=x_train, y=y_test)", True),
        ("model.fit(x_train[:100], labels, validation_data=(x_test[:100], labels))", True),
        ("model.fit(images.flow(x_train, y_test, batch_size=32))", True),
        ("model.evaluate(x_test, y_test)", False),
        ("model.fit(x_train, x_train, validation_data=(x_test, x_test))", False),
        ("model.fit(np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test]))", False),
        ("model.fit(x_other, y_train)", False),
        ("short = pad_sequences(x_test, maxlen=x_train.shape[1])\nmodel.evaluate(short, y_test)", False),
        ("mean = x_train.mean(axis=0)\nmodel.evaluate(x_test - mean, y_test)", False),
        ("def judge(x_test, y_train):\n    return model.evaluate(x_test, y_train)", False),
    ],
)
def test_labels_are_of_the_part_that_the_inputs_are_of(split: str, use: str, fires: bool) -> None:
    found = matches(RULE, evidence(split + SCALED + use))
    assert [match.line for match in found] == ([4] if fires else [])


def test_two_splits_of_one_array_each_are_not_held_against_each_other() -> None:
    text = (
        "x_train, x_test = train_test_split(x, random_state=1)\n"
        "y_train, y_test = train_test_split(y, random_state=1)\n"
        "model.fit(x_train, y_train)\n"
    )
    assert not matches(RULE, evidence(text))


def test_a_second_split_makes_parts_of_a_part() -> None:
    text = LOADED + "x_train, x_val, y_train, y_val = train_test_split(x_train, y_train)\n"
    assert not matches(RULE, evidence(text + "model.fit(x_train, y_train, validation_data=(x_val, y_val))"))
    (match,) = matches(RULE, evidence(text + "model.fit(x_train, y_val)"))
    assert "line 2 puts them" in match.message


def test_two_parts_in_one_variable_are_told_where_they_are_unpacked() -> None:
    text = "(x_train, y_train), (x_test, y_train) = mnist.load_data()\nmodel.fit(x_train, y_train)\n"
    (match,) = matches(RULE, evidence(text))
    assert (match.line, match.message[:29]) == (1, "`y_train` is bound twice here")
    unread = "(x_train, _), (x_test, _) = mnist.load_data()\nmodel.fit(x_train, x_train)\n"
    assert not matches(RULE, evidence(unread))


def test_the_call_that_fails_because_of_it_is_explained() -> None:
    failed = fault("ValueError", "Data cardinality is ambiguous", line=2)
    (match,) = matches(RULE, evidence(LOADED + "model.fit(x_train, y_test)", failed))
    assert match.explains == (0,)


@pytest.mark.parametrize(
    ("judged", "fires"),
    [
        ("print(accuracy_score(y_test, found))", True),
        ("print(np.mean(found[:len(y_test)] == y_test))", True),
        ("errors = y_test - found", True),
        ("print(accuracy_score(y_train, found))", False),
        ("print(accuracy_score(y_train, y_test))", False),
        ("print(np.mean(found == np.round(model.predict(x_test))))", False),
        ("print(mean_squared_error(y_test, np.full(len(y_test), found.mean())))", False),
        ("found = model.predict(x_test)\nprint(accuracy_score(y_test, found))", False),
        ("def judge(found):\n    return accuracy_score(y_test, found)", False),
    ],
)
def test_predictions_are_held_against_the_labels_of_their_own_part(judged: str, fires: bool) -> None:
    text = SPLIT + "found = np.argmax(model.predict(x_train), axis=1)\n" + judged
    found = matches(RULE, evidence(text))
    assert [match.line for match in found] == ([3] if fires else [])
    assert not fires or "`found" in found[0].message


def test_what_the_data_are_scaled_by_says_nothing_of_whose_examples_they_are() -> None:
    text = SPLIT + "x_test = (x_test - x_train.mean()) / x_train.std()\nmodel.evaluate(x_test, y_train)\n"
    assert [match.line for match in matches(RULE, evidence(text))] == [3]
