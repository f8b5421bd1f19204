"""predictions-shuffled-against-labels: what makes the data, and what meets their labels."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

RULE = "predictions-shuffled-against-labels"
DIRECTORY = """\
train = images.flow_from_directory("train", class_mode="binary")
test = images.flow_from_directory("test", class_mode="binary"{options})
model.fit(train)
steps = len(test.classes) // test.batch_size
answers = model.predict(test)
chosen = (answers > 0.5).astype(int)
"""
PIPELINE = """\
data = keras.utils.image_dataset_from_directory("test"{options})
data = data.prefetch(2)
labels = np.concatenate([y for x, y in data])
answers = model.predict(data)
"""


@pytest.mark.parametrize(
    "use",
    [
        "print(confusion_matrix(test.classes, chosen))",
        "known = test.classes\nprint(accuracy_score(y_true=known, y_pred=chosen.ravel()))",
        "print(np.mean(chosen.ravel() == test.labels))",
    ],
)
def test_a_shuffled_generator_s_predictions_are_not_its_classes(use: str) -> None:
    (match,) = matches(RULE, evidence(DIRECTORY.format(options="") + use))
    assert match.line == 5
    assert "(line 2)" in match.message
    assert not matches(RULE, evidence(DIRECTORY.format(options=", shuffle=False") + use))
    assert not matches(RULE, evidence(DIRECTORY.format(options=", shuffle=mixed") + use))
    assert not matches(RULE, evidence(DIRECTORY.format(options=", **options") + use))
    assert not matches(RULE, evidence(DIRECTORY.format(options="") + "test.shuffle = False\n" + use))


@pytest.mark.parametrize(
    "use",
    [
        "print(np.bincount(test.classes), chosen.mean())",
        "print(test.class_indices, chosen)",
        "print(confusion_matrix(train.classes, chosen))",
    ],
)
def test_labels_that_are_not_held_against_predictions_are_no_matter(use: str) -> None:
    assert not matches(RULE, evidence(DIRECTORY.format(options="") + use))


def test_a_second_round_through_a_shuffled_pipeline_is_in_another_order() -> None:
    use = "print(accuracy_score(labels, answers.argmax(axis=1)))"
    (match,) = matches(RULE, evidence(PIPELINE.format(options="") + use))
    assert (match.line, match.severity) == (4, None)
    assert not matches(RULE, evidence(PIPELINE.format(options=", shuffle=False") + use))
    cached = PIPELINE.format(options="").replace("prefetch(2)", "cache()")
    assert not matches(RULE, evidence(cached + use))


def test_a_loop_that_predicts_and_collects_together_is_right() -> None:
    text = (
        'data = keras.utils.image_dataset_from_directory("test")\n'
        "labels, answers = [], []\n"
        "for x, y in data:\n"
        "    answers.append(model.predict(x))\n"
        "    labels.append(y)\n"
        "print(confusion_matrix(np.concatenate(labels), np.concatenate(answers)))\n"
    )
    assert not matches(RULE, evidence(text))
