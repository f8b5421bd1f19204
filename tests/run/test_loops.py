"""When a loop of the program is left, with the budget's share of time simulated."""

from __future__ import annotations

from harness.model import Spent
from harness.run.loops import Loops

Left = list[tuple[int, int, int, int, int, Spent]]


def rounds(loops: Loops, updates: int, most: int = 100, compilations: int = 0) -> int:
    """The rounds that a loop at lines 3 to 5 goes, each of so many updates and compilations."""
    loops._enter(3, 5)
    done = 0
    while done < most and not loops._spent():
        loops.count(updates)
        for _ in range(compilations):
            loops.count_compilation()
        done += 1
    loops._leave()
    return done


def recorded(budget: int, seconds: float) -> tuple[Loops, Left]:
    left: Left = []
    return Loops(budget, seconds, lambda **told: left.append(tuple(told.values()))), left


def test_a_training_loop_ends_with_its_updates() -> None:
    loops, left = recorded(30, 1000.0)
    assert rounds(loops, 2) == 15
    assert left == [(3, 5, 15, 30, 0, Spent.UPDATES)]


def test_a_training_loop_ends_with_its_time_but_not_before_its_second_round() -> None:
    loops, left = recorded(30, 0.0)
    assert rounds(loops, 2) == 2
    assert left == [(3, 5, 2, 4, 0, Spent.TIME)]


def test_a_loop_that_trains_nothing_is_not_left() -> None:
    loops, left = recorded(30, 0.0)
    assert rounds(loops, 0) == 100
    assert left == []


def test_the_next_loop_has_its_own_budget() -> None:
    loops, left = recorded(30, 1000.0)
    assert [rounds(loops, 10), rounds(loops, 15)] == [3, 2]
    assert [told[3] for told in left] == [30, 30]


def test_a_loop_that_compiles_its_models_anew_is_left_sooner() -> None:
    """Each compilation is traced again: thirty rounds of that would take a minute."""
    loops, left = recorded(30, 1000.0)
    assert rounds(loops, 2, compilations=2) == 3
    assert left == [(3, 5, 3, 6, 6, Spent.UPDATES)]


def test_of_a_loop_that_compiles_many_models_two_rounds_are_watched() -> None:
    loops, left = recorded(30, 1000.0)
    assert rounds(loops, 2, compilations=20) == 2
    assert left == [(3, 5, 2, 4, 40, Spent.UPDATES)]


def test_compilations_before_a_loop_are_not_charged_to_it() -> None:
    loops, _ = recorded(30, 1000.0)
    for _ in range(20):
        loops.count_compilation()
    assert rounds(loops, 2) == 15


def test_a_loop_that_lost_a_statement_is_left_after_a_few_rounds_and_says_so() -> None:
    loops, left = recorded(30, 1000.0)
    loops.damaged.add(4)
    assert rounds(loops, 0) == 3
    assert left == [(3, 5, 3, 0, 0, Spent.ROUNDS)]


def test_a_loop_around_a_damaged_one_goes_two_rounds_of_it() -> None:
    """Three rounds of three would show what two of three have shown."""
    loops, left = recorded(30, 1000.0)
    loops.damaged.add(4)
    loops._enter(1, 6)
    inner = 0
    while not loops._spent():
        inner += rounds(loops, 1)
    loops._leave()
    assert inner == 6
    assert left[-1] == (1, 6, 2, 6, 0, Spent.ROUNDS)


def test_a_loop_in_which_nothing_was_cut_goes_all_its_rounds() -> None:
    """It may prepare the data: left early, it would hand on too few of them, or none."""
    loops, left = recorded(30, 1000.0)
    loops.damaged.add(9)
    assert rounds(loops, 0) == 100
    assert left == []
