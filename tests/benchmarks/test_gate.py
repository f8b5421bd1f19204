"""The gate: what is timed, when the device is waited for, and how a loop is left."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from harness.measure.throughput.gate import Begun, Enough, Gate, Measure, Timed


class Clock:
    """Time passes when a loop says so; the device finishes a second after it was given work."""

    def __init__(self) -> None:
        self.now = 0.0
        self.log: list[str] = []

    def __call__(self) -> float:
        return self.now

    def wait(self) -> None:
        self.now += 1.0
        self.log.append("wait")


def gate(clock: Clock, told: list[Begun | Timed], *commands: Measure, warm: float = 4.0) -> Gate:
    def given() -> Iterator[Measure]:
        for command in commands:
            clock.now += 1000.0  # others have their turn
            yield command

    return Gate(given(), told.append, clock.wait, warm_seconds=warm, clock=clock)


def run(at: Gate, clock: Clock, seconds: Iterator[float], steps: int = 1) -> None:
    try:
        for taken in seconds:
            clock.now += taken
            at.passed(steps)
    except Enough:
        return
    pytest.fail("the gate wanted more")


def test_first_call_warming_and_regions_are_told_apart() -> None:
    clock = Clock()
    told: list[Begun | Timed] = []
    run(gate(clock, told, Measure(3), Measure(2)), clock, iter([20.0, *[1.0] * 50]))
    first, *regions = told
    assert first == Begun(first=21.0, first_steps=1, step=2.0)  # each pass of the warming is waited for
    assert regions == [Timed(3, 4.0), Timed(2, 3.0)]  # once at the end of each, the turns of others left out


def test_every_timed_region_ends_with_the_device_waited_for() -> None:
    clock = Clock()
    told: list[Begun | Timed] = []
    at = gate(clock, told, Measure(10), warm=0.0)
    at.passed(1)
    at.passed(1)
    clock.log.clear()
    run(at, clock, iter([0.5] * 10))
    assert clock.log == ["wait"]
    assert told[-1] == Timed(10, 6.0)


def test_calls_of_several_steps_are_counted_whole() -> None:
    clock = Clock()
    told: list[Begun | Timed] = []
    run(gate(clock, told, Measure(25)), clock, iter([1.0] * 50), steps=10)
    assert told == [Begun(2.0, 10, 0.2), Timed(30, 4.0)]


def test_calls_in_which_a_loop_settles_are_not_timed() -> None:
    clock = Clock()
    told: list[Begun | Timed] = []
    run(gate(clock, told, Measure(2, settle=1), warm=0.0), clock, iter([5.0, 1.0, 300.0, 1.0, 1.0]))
    assert told[-1] == Timed(2, 3.0)


def test_what_went_before_the_beginning_is_not_in_the_first_call() -> None:
    clock = Clock()
    told: list[Begun | Timed] = []
    at = gate(clock, told, Measure(1))
    clock.now += 500.0  # loading the program
    at.begin()
    run(at, clock, iter([1.0] * 20))
    assert isinstance(told[0], Begun)
    assert told[0].first == 2.0


def test_a_loop_cannot_swallow_the_end() -> None:
    at = gate(Clock(), [], warm=0.0)
    at.passed(1)
    with pytest.raises(Enough) as left, contextlib.suppress(Exception):
        at.passed(1)
    assert not isinstance(left.value, Exception)
