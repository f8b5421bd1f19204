"""Examples and labels that do not stand in the same order any more."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

RULE = "examples-shuffled-without-labels"


def lines(*code: str) -> list[int]:
    return [match.line for match in matches(RULE, evidence("\n".join(("x, y = data()", *code))))]


@pytest.mark.parametrize(
    "code",
    [
        ("random.shuffle(y)", "y = np.array(y)", "model.fit(x, y)"),
        ("x = x[np.random.permutation(len(x))]", "model.fit(x, y)"),
        ("x = shuffle(x)", "model.fit(x, y)"),
        ("np.random.shuffle(x)", "x_train, y_train = x[:80], y[:80]", "model.fit(x_train, y_train)"),
        ("np.random.shuffle(x)", "a, b, c, d = train_test_split(x, y)", "model.fit(a, c)"),
        ("x = x.sample(frac=1)", "model.fit(x.values, y)"),
        ("y = np.random.permutation(y)", "model.fit(x, y)"),
    ],
)
def test_a_shuffle_of_one_of_the_two_is_told_where_it_is_made(code: tuple[str, ...]) -> None:
    assert lines(*code) == [2]


def test_a_permutation_that_only_one_of_them_follows_is_told() -> None:
    code = ("order = np.arange(9)", "np.random.shuffle(order)", "x = x[order]", "model.fit(x, y)")
    assert lines(*code) == [4]


def test_a_copy_of_the_examples_that_is_shuffled_alone_is_told() -> None:
    assert lines("mixed = x[:]", "np.random.shuffle(mixed)", "model.fit(mixed, y)") == [3]


def test_two_splits_are_told_at_the_second() -> None:
    code = ("a, b = train_test_split(x)", "c, d = train_test_split(y)", "model.fit(a, c)")
    (match,) = matches(RULE, evidence("\n".join(("x, y = data()", *code))))
    assert match.line == 3
    assert match.message == (
        "`a` and `c` come from two splits, each of which draws an order of its own: each example gets "
        "another one's label. Split both in one call."
    )


@pytest.mark.parametrize(
    "code",
    [
        ("order = np.random.permutation(9)", "x, y = x[order], y[order]", "model.fit(x, y)"),
        ("order = np.random.permutation(9)", "a, b = x[order[:5]], y[order[:5]]", "model.fit(a, b)"),
        ("x, y = shuffle(x, y)", "model.fit(x, y)"),
        ("x = shuffle(x, random_state=1)", "y = shuffle(y, random_state=1)", "model.fit(x, y)"),
        ("pairs = list(zip(x, y))", "random.shuffle(pairs)", "x, y = zip(*pairs)", "model.fit(x, y)"),
        ("np.random.shuffle(table)", "x, y = table[:, :3], table[:, 3]", "model.fit(x, y)"),
        ("np.random.shuffle(x)", "y = x.sum(axis=1)", "model.fit(x, y)"),
        ("seed(1)", "np.random.shuffle(x)", "np.random.seed(1)", "np.random.shuffle(y)", "model.fit(x, y)"),
        ("a, b, c, d = train_test_split(x, y)", "a = scaler.fit_transform(a)", "model.fit(a, c)"),
        (
            "a, b = train_test_split(x, random_state=3)",
            "c, d = train_test_split(y, random_state=3)",
            "model.fit(a, c)",
        ),
        ("a, b = train_test_split(x, shuffle=False)", "c, d = y[:6], y[6:]", "model.fit(a, c)"),
        ("keep = y > 0", "x = x[keep]", "model.fit(x, y)"),
        ("for k in range(3):", "    np.random.shuffle(x)", "    model.fit(x, y)"),
        ("def train(x, y):", "    model.fit(x, y)"),
        ("np.random.shuffle(x)", "model.fit(x, x)"),
        # what a network learns from random labels is worth a trial
        ("noise = y[:]", "np.random.shuffle(noise)", "model.fit(x, noise)"),
        ("noise = np.random.permutation(y)", "model.fit(x, noise)"),
    ],
)
def test_what_stays_in_step_or_is_not_known_is_left_alone(code: tuple[str, ...]) -> None:
    assert not lines(*code)


ZIPPED = """\
(images, labels), _ = load_data()
images = images / 255
a = Dataset.from_tensor_slices(images){first}
b = Dataset.from_tensor_slices(labels){second}
both = {zipped}
"""


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (".shuffle(60000)", ".shuffle(60000)", [4]),
        (".map(scale).shuffle(9)", "", [3]),
        ("", ".shuffle(9, seed=1)", [4]),
        (".shuffle(9, seed=1)", ".shuffle(9, seed=2)", [4]),
        (".shuffle(9, seed=1)", ".shuffle(9, seed=1)", []),
        ("", "", []),
    ],
)
@pytest.mark.parametrize("zipped", ["Dataset.zip((a, b))", "Dataset.zip(a, b)", "zip(a, b)"])
def test_pipelines_are_zipped_before_they_are_shuffled(
    first: str, second: str, found: list[int], zipped: str
) -> None:
    text = ZIPPED.format(first=first, second=second, zipped=zipped)
    assert [match.line for match in matches(RULE, evidence(text))] == found


def test_pipelines_of_data_that_do_not_belong_together_are_left_alone() -> None:
    text = ZIPPED.format(first=".shuffle(9)", second=".shuffle(9)", zipped="Dataset.zip((a, b))")
    text = text.replace("(images, labels), _ = load_data()", "(images, _), (labels, _) = load_data()")
    assert not matches(RULE, evidence(text))


def test_pictures_of_two_kinds_are_paired_at_random() -> None:
    text = ZIPPED.format(first=".shuffle(9)", second=".shuffle(9)", zipped="Dataset.zip((a, b))")
    assert not matches(RULE, evidence(text.replace("labels", "zebras")))
