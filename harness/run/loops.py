"""Keeps count of training updates and says when a loop is to be left."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from harness.model import Spent
from harness.run.loop_control import LOOP_ENTER, LOOP_LEAVE, LOOP_SPENT

# Within a loop no single call of fit may use up the whole budget: the loop's other training calls
# must be seen too.
_SHARE = 4
_LEAST = 3
# A loop out of which a faulty statement was cut may train nothing any more, and never spend its budget.
_DAMAGED_ITERATIONS = 3
# A loop around such a one has seen that many rounds of it in each of its own.
_DAMAGED_OUTER_ITERATIONS = 2
# A model that is compiled anew has its step traced again, which takes as long as many updates: a loop that
# does so in each round would take minutes to spend its budget.
_COMPILATION = 5
# However long they take, so many iterations of a training loop are watched.
_WATCHED_ITERATIONS = 2


@dataclass
class _Active:
    line: int
    end_line: int
    updates: int  # counts when it was entered
    compilations: int
    iterations: int = -1  # completed iterations; the test at the head runs once before the first
    rounds: int = _DAMAGED_ITERATIONS  # after so many it is left, if it is damaged
    entered: float = field(default_factory=monotonic)


class Loops:
    """The loops now running, innermost last, and the updates made so far."""

    def __init__(self, budget: int, seconds: float, on_left: Callable[..., object]) -> None:
        """``seconds`` bounds the wall time of an outermost training loop, or of a call outside of any.

        ``on_left`` is told of a loop that is left early, by the fields of ``LoopLeft``.
        """
        self.updates = 0
        self.compilations = 0
        self.left = 0  # loops left early, so far
        self.damaged: set[int] = set()  # lines through which a statement, now cut out, was reached
        self._budget = budget
        self._seconds = seconds
        self._active: list[_Active] = []
        self._on_left = on_left

    def install(self) -> None:
        """Make the three functions known to the listing's code, outside of its own namespace."""
        for name, function in (
            (LOOP_ENTER, self._enter),
            (LOOP_LEAVE, self._leave),
            (LOOP_SPENT, self._spent),
        ):
            setattr(builtins, name, function)

    @property
    def running(self) -> bool:
        return bool(self._active)

    def count(self, updates: int) -> None:
        self.updates += updates

    def count_compilation(self) -> None:
        self.compilations += 1

    def remaining(self) -> int:
        """Updates that one training call may still make."""
        if not self._active:
            return self._budget
        used = self.updates - self._active[0].updates
        return max(_LEAST, min(self._budget // _SHARE, self._budget - used))

    def seconds_left(self) -> float:
        """Wall time that one training call may still take."""
        return self._seconds - (monotonic() - self._active[0].entered if self._active else 0.0)

    def reset(self) -> None:
        """Forget all running loops: the statement that held them is over."""
        self._active.clear()

    def _enter(self, line: int, end_line: int) -> None:
        self._active.append(_Active(line, end_line, self.updates, self.compilations))

    def _leave(self) -> None:
        if self._active:
            self._active.pop()

    def _is_damaged(self, loop: _Active) -> bool:
        """Whether what was cut out ran in this loop: one that prepares data elsewhere has lost nothing."""
        return any(loop.line <= line <= loop.end_line for line in self.damaged)

    def _spent(self) -> bool:
        if not self._active:
            return False
        outermost, loop = self._active[0], self._active[-1]
        loop.iterations += 1
        used = self.updates - loop.updates
        compiled = self.compilations - loop.compilations
        cost = self.updates - outermost.updates + _COMPILATION * (self.compilations - outermost.compilations)
        watched = loop.iterations >= _WATCHED_ITERATIONS
        # A loop inside which nothing was trained is none of the budget's business.
        spent = used > 0 and cost >= self._budget and (watched or compiled == 0)
        late = used > 0 and watched and monotonic() - outermost.entered >= self._seconds
        if spent:
            why = Spent.UPDATES
        elif late:
            why = Spent.TIME
        elif loop.iterations >= loop.rounds and self._is_damaged(loop):
            why = Spent.ROUNDS
            for outer in self._active[:-1]:
                outer.rounds = _DAMAGED_OUTER_ITERATIONS
        else:
            return False
        self.left += 1
        self._on_left(
            line=loop.line,
            end_line=loop.end_line,
            iterations=loop.iterations,
            updates=used,
            compilations=compiled,
            spent=why,
        )
        return True
