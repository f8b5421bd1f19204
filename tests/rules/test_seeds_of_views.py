"""Augmentations that draw by a seed they are given."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

RULE = "one-seed-for-several-draws"
VIEWS = """\
def augment(image, seed):
    return tf.image.{operation}(image, 0.3, seed=seed)


def plain(image, seed):
    return image


def views(image):
    {body}
"""


def lines(body: str, operation: str = "stateless_random_brightness") -> list[int]:
    found = matches(RULE, evidence(VIEWS.format(body=body, operation=operation)))
    return [match.line for match in found]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return augment(image, seed), augment(image, seed)", [10]),
        ("a = augment(image, seed)\n    b = augment(image, seed)\n    return a, b", [11]),
        ("return augment(image, seeds[0]), augment(image, seeds[1])", []),
        ("return augment(image, seed), augment(mask, seed)", []),  # one transformation of both
        ("a = augment(image, seed)\n    seed = seed + 1\n    return a, augment(image, seed)", []),
        ("image = augment(image, seed)\n    return augment(image, seed)", []),  # one after the other
        ("return plain(image, seed), plain(image, seed)", []),
    ],
)
def test_two_views_are_drawn_with_two_seeds(body: str, found: list[int]) -> None:
    assert lines(body) == found


def test_operations_with_a_state_draw_anew() -> None:
    assert lines("return augment(image, seed), augment(image, seed)", "random_brightness") == []


MAPPED = """\
def augment(image):
    return tf.image.stateless_random_flip_left_right(image, seed={seed})


data = data.{used}
"""


@pytest.mark.parametrize(
    ("seed", "used", "found"),
    [
        ("(1, 2)", "map(augment)", [2]),
        ("[1, 2]", "shuffle(9).map(augment, num_parallel_calls=4)", [2]),
        ("(1, count)", "map(augment)", []),
        ("draw()", "map(augment)", []),
        ("(1, 2)", "map(lambda x: x)", []),  # called once, to show it
    ],
)
def test_a_seed_that_is_written_out_is_every_example_s(seed: str, used: str, found: list[int]) -> None:
    text = MAPPED.format(seed=seed, used=used)
    assert [match.line for match in matches(RULE, evidence(text))] == found
