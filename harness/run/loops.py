"""Keeps count of training updates and says when a loop is to be left."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from time import monotonic

from harness.model import Spent
from harness.run.last_rounds import to_the_last
from harness.run.loop_control import LOOP_ENTER, LOOP_LEAVE, LOOP_ROUNDS, LOOP_SPENT

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


# A last round comes early only where less of a loop's time was spent: it may take as long as all before.
_LAST_ROUND_SHARE = 0.4


class _Last(Enum):
    AHEAD = auto()
    GRANTED = auto()
    BEGUN = auto()


@dataclass
class _Active:
    line: int
    end_line: int
    updates: int  # counts when it was entered
    compilations: int
    iterations: int = -1  # completed iterations; the test at the head runs once before the first
    rounds: int = _DAMAGED_ITERATIONS  # after so many it is left, if it is damaged
    entered: float = field(default_factory=monotonic)
    last: _Last = _Last.AHEAD  # its last round, if it has one that comes early
    # Of an outermost loop: lines of the loops in it that had their last rounds, and smaller batches.
    last_lines: set[int] = field(default_factory=set)
    smaller_lines: set[int] = field(default_factory=set)


class Loops:
    """The loops now running, innermost last, and the updates made so far."""

    def __init__(
        self,
        budget: int,
        seconds: float,
        on_left: Callable[..., object],
        on_smaller: Callable[..., object] = lambda **fields: None,
    ) -> None:
        """``seconds`` bounds the wall time of an outermost training loop, or of a call outside of any.

        ``on_left`` is told of a loop that is left early, by the fields of ``LoopLeft``, and ``on_smaller`` of
        a batch that is smaller than those before it, by the fields of ``SmallerBatch``.
        """
        self.updates = 0
        self.compilations = 0
        self.left = 0  # loops left early, so far
        self.damaged: set[int] = set()  # lines through which a statement, now cut out, was reached
        self._budget = budget
        self._seconds = seconds
        self._active: list[_Active] = []
        self._on_left = on_left
        self._on_smaller = on_smaller

    def install(self) -> None:
        """Make the four functions known to the listing's code, outside of its own namespace."""
        for name, function in (
            (LOOP_ENTER, self._enter),
            (LOOP_LEAVE, self._leave),
            (LOOP_SPENT, self._spent),
            (LOOP_ROUNDS, partial(to_the_last, loops=self)),
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

    def current(self) -> object:
        """The innermost loop that is running."""
        return self._active[-1] if self._active else None

    def leaving(self) -> bool:
        """Whether the innermost loop is to be left, and may have its last round before."""
        if not self._active:
            return False
        outermost, loop = self._active[0], self._active[-1]
        early = monotonic() - outermost.entered < self._seconds * _LAST_ROUND_SHARE
        why = self._why(loop, loop.iterations + 1)
        return early and why is not None and loop.line not in outermost.last_lines

    def last_round(self) -> None:
        """Let the innermost loop have one more round, its last one; that it is left is told before it."""
        loop = self._active[-1]
        self._active[0].last_lines.add(loop.line)
        self._leave_early(loop, loop.iterations + 1, last=True)
        loop.last = _Last.GRANTED

    def smaller_batch(self, rows: int, before: int) -> None:
        """Tell, once, that the innermost loop goes on with a batch of fewer rows than before."""
        loop = self._active[-1]
        if loop.line not in self._active[0].smaller_lines:
            self._active[0].smaller_lines.add(loop.line)
            self._on_smaller(line=loop.line, end_line=loop.end_line, rows=rows, before=before)

    def _spent(self) -> bool:
        if not self._active:
            return False
        loop = self._active[-1]
        loop.iterations += 1
        if loop.last is not _Last.AHEAD:
            over, loop.last = loop.last is _Last.BEGUN, _Last.BEGUN
            return over
        return self._leave_early(loop, loop.iterations)

    def _why(self, loop: _Active, iterations: int) -> Spent | None:
        """Of what a loop has had its share after so many rounds; None where it goes on."""
        outermost = self._active[0]
        used = self.updates - loop.updates
        compiled = self.compilations - loop.compilations
        cost = self.updates - outermost.updates + _COMPILATION * (self.compilations - outermost.compilations)
        watched = iterations >= _WATCHED_ITERATIONS
        # A loop inside which nothing was trained is none of the budget's business.
        if used > 0 and cost >= self._budget and (watched or compiled == 0):
            return Spent.UPDATES
        if used > 0 and watched and monotonic() - outermost.entered >= self._seconds:
            return Spent.TIME
        return Spent.ROUNDS if iterations >= loop.rounds and self._is_damaged(loop) else None

    def _leave_early(self, loop: _Active, iterations: int, **more: object) -> bool:
        """Tell that a loop is left after so many rounds, where it has had its share."""
        why = self._why(loop, iterations)
        if why is None:
            return False
        if why is Spent.ROUNDS:
            for outer in self._active[:-1]:
                outer.rounds = _DAMAGED_OUTER_ITERATIONS
        self.left += 1
        self._on_left(
            line=loop.line,
            end_line=loop.end_line,
            iterations=iterations,
            updates=self.updates - loop.updates,
            compilations=self.compilations - loop.compilations,
            spent=why,
            **more,
        )
        return True
