"""The step fused by hand, as an expert would write it for one backend: what a program is held against.

One file for each backend defines ``candidates(players, batch)``: ways to run the step, each a name and a
function of the number of steps a call is to make that builds a loop.  A loop is called without
arguments, makes those steps and returns without waiting for the device.  All are tried, the fastest is
the reference.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.measure.throughput.gate import Gate
from harness.measure.throughput.players import Players

Loop = Callable[[], object]
_CALL_SECONDS = 0.1  # about how long a call of several steps may take
_TRIAL_SECONDS = 0.3
_MOST_STEPS = 100


@dataclass(frozen=True)
class Candidate:
    """A way to run the step.

    ``build(steps)`` gives the loop; ``several``: whether one call can make more than one step.
    ``slow_to_compile``: it may take a minute, and is left out of quick runs.  ``against``: why it cannot
    be the fastest here, and is not tried at all.
    """

    name: str
    build: Callable[[int], Loop]
    several: bool = True
    slow_to_compile: bool = False
    against: str = ""


@dataclass
class Chosen:
    """The fastest candidate, and seconds a step of all that were tried; why others were not."""

    name: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def train_reference(
    players: Players,
    batch: int,
    gate: Gate,
    tell: Callable[[Chosen], None],
    *,
    compilers: bool,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Try the candidates, then train by the fastest until the gate has seen enough."""
    import keras

    module = importlib.import_module(f"{__name__}.{keras.backend.backend()}_step")
    loop, steps, found = fastest(
        module.candidates(players, batch), gate.synchronise, compilers=compilers, clock=clock
    )
    tell(found)
    gate.begin()
    while True:
        loop()
        gate.passed(steps)


def fastest(
    candidates: list[Candidate],
    synchronise: Callable[[], None],
    *,
    compilers: bool,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Loop, int, Chosen]:
    """The fastest candidate's loop, the steps that one call of it makes, and what was found out.

    A candidate that fails is left out and named; where all fail, the first failure is raised.
    """
    best: tuple[float, Loop, int] | None = None
    found, failure = Chosen(), None
    guess: float | None = None
    for one in candidates:
        slow = "only tried in full runs: it may take a minute to compile"
        if against := one.against or (slow if one.slow_to_compile and not compilers else ""):
            found.left_out[one.name] = against
            continue
        try:
            if guess is None and one.several:
                guess = _seconds(one.build(1), synchronise, clock)
            steps = _steps_of_a_call(guess) if one.several else 1
            loop = one.build(steps)
            seconds = _seconds(loop, synchronise, clock) / steps
        except Exception as error:  # a compiler that cannot do this step is a fact about the compiler
            failure = failure or error
            found.left_out[one.name] = f"{type(error).__name__}: {_first_line(error)}"
            continue
        found.seconds[one.name] = seconds
        guess = seconds if guess is None else min(guess, seconds)
        if best is None or seconds < best[0]:
            best, found.name = (seconds, loop, steps), one.name
    if best is None:
        raise failure or LookupError("no candidate for the reference")
    return best[1], best[2], found


def _steps_of_a_call(step: float | None) -> int:
    return 1 if step is None else max(1, min(int(_CALL_SECONDS / step), _MOST_STEPS))


def _seconds(loop: Loop, synchronise: Callable[[], None], clock: Callable[[], float]) -> float:
    """Seconds of one call, compiled and warm."""
    for _ in range(2):
        loop()
        synchronise()
    begun, calls = clock(), 0
    while calls == 0 or (clock() - begun < _TRIAL_SECONDS):
        loop()
        calls += 1
    synchronise()
    return (clock() - begun) / calls


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]
