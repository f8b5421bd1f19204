"""The last round of a loop that is left early: which loops have one, and with what item."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

import pytest

from harness.model import Spent
from harness.run.last_rounds import to_the_last
from harness.run.loop_control import LOOP_ROUNDS, LoopControl
from harness.run.loops import Loops

Left = list[dict[str, Any]]


def recorded(budget: int = 30, seconds: float = 1000.0) -> tuple[Loops, Left]:
    left: Left = []
    return Loops(budget, seconds, lambda **told: left.append(told)), left


def items(loops: Loops, source: Iterable[Any], updates: int = 1, line: int = 3) -> list[Any]:
    """The items with which a loop over a source goes round, each of so many updates."""
    seen = []
    loops._enter(line, line + 2)
    for item in to_the_last(source, loops):
        if loops._spent():
            break
        seen.append(item)
        loops.count(updates)
    loops._leave()
    return seen


def test_a_loop_over_numbers_ends_with_the_last_one() -> None:
    loops, left = recorded()
    assert items(loops, range(1000)) == [*range(30), 999]
    assert [(told["iterations"], told["updates"], told["last"]) for told in left] == [(30, 30, True)]
    assert left[0]["spent"] is Spent.UPDATES


def test_a_loop_that_comes_to_its_end_has_no_further_round() -> None:
    for length in (29, 30):
        loops, left = recorded()
        assert items(loops, range(length)) == [*range(length)]
        assert left == []
    loops, left = recorded()
    assert items(loops, range(31)) == [*range(31)]
    assert [told["last"] for told in left] == [True]


def test_other_items_come_as_they_are() -> None:
    for source in ([1, 2, 3] * 20, iter(range(50)), "text" * 20, range(0)):
        loops, left = recorded()
        assert to_the_last(source, loops) is source
        assert all("last" not in told for told in left)


def test_a_loop_that_took_much_of_its_time_is_left_at_once() -> None:
    loops, left = recorded(seconds=0.0)
    assert items(loops, range(1000)) == [0, 1]
    assert ["last" in told for told in left] == [False]


def test_loops_in_loops_have_one_last_round_each() -> None:
    loops, left = recorded()
    seen = []
    loops._enter(1, 9)
    for epoch in to_the_last(range(100), loops):
        if loops._spent():
            break
        seen.append((epoch, items(loops, range(1000))))
    loops._leave()
    assert seen == [(0, [*range(30), 999]), (99, [0])]
    assert [(told["line"], told.get("last", False)) for told in left] == [(3, True), (1, True), (3, False)]


def test_each_loop_at_the_top_has_its_own() -> None:
    loops, left = recorded()
    assert [items(loops, range(1000))[-1], items(loops, range(500))[-1]] == [999, 499]
    assert [told["last"] for told in left] == [True, True]


def test_a_loop_that_lost_a_statement_has_one_too() -> None:
    loops, left = recorded()
    loops.damaged.add(4)
    assert items(loops, range(1000)) == [0, 1, 2, 999]
    assert [(told["spent"], told["last"]) for told in left] == [(Spent.ROUNDS, True)]


class Bar:
    """What a progress bar looks like from outside."""

    __module__ = "tqdm.std"

    def __init__(self, iterable: Iterable[int]) -> None:
        self.iterable = iterable

    def __iter__(self) -> Any:
        return iter(self.iterable)


def test_a_progress_bar_over_numbers_is_a_loop_over_them() -> None:
    loops, _ = recorded()
    assert items(loops, Bar(range(1000))) == [*range(30), 999]
    bar = Bar([1, 2])
    assert to_the_last(bar, loops) is bar


@pytest.mark.parametrize(
    ("loop", "matters"),
    [
        ("for i in range(9):\n    if i % 3 == 0:\n        show()", True),
        ("for i in range(9):\n    show(i)", True),
        ("for i, x in enumerate(data):\n    step(x)", True),
        ("for _ in range(9):\n    step()", False),
        ("for i in range(9):\n    step()\n    print(i, f'{i}')", False),
        ("for i in range(9):\n    bar.set(f'epoch {i}')", False),
    ],
)
def test_a_loop_that_does_the_same_each_time_needs_no_last_round(loop: str, matters: bool) -> None:
    text = ast.unparse(ast.fix_missing_locations(LoopControl().visit(ast.parse(loop))))
    assert (LOOP_ROUNDS in text) is matters
    assert ("enumerate(" + LOOP_ROUNDS in text) is (matters and "enumerate" in loop)
