"""Where a training loop is timed: every loop passes here after each call that trains.

The loop itself looks at no clock and is not left between two timed regions, so ``fit`` is timed inside
one running ``fit``, in its steady state, as the loops written by hand are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_MOST_WARM_PASSES = 1000


class Enough(BaseException):
    """Leaves a training loop, through whatever frames of a framework lie between.

    It is no Exception: a loop that goes on after errors of its own must not go on after this.
    """


@dataclass(frozen=True)
class Measure:
    """A command: time the next ``steps`` steps, after ``settle`` calls that are not timed.

    While a loop waited for its turn, caches went cold and prefetched batches piled up.
    """

    steps: int
    settle: int = 0


@dataclass(frozen=True)
class Begun:
    """What warming up showed; seconds of wall time."""

    first: float  # until the results of the first call were there, compiling included
    first_steps: int  # training steps that the first call made
    step: float  # one step, as the calls after the first took it


@dataclass(frozen=True)
class Timed:
    """One timed region."""

    steps: int
    seconds: float


class Gate:
    """Times a loop between commands.

    ``synchronise`` returns when all work that was started is done, and ends every timed region.
    ``tell`` is called with Begun, then with Timed for each command.  The end of ``commands`` ends the loop.
    """

    def __init__(
        self,
        commands: Iterator[Measure],
        tell: Callable[[Begun | Timed], None],
        synchronise: Callable[[], None],
        *,
        warm_seconds: float,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.synchronise = synchronise
        self._commands, self._tell, self._clock = commands, tell, clock
        self._warm_seconds = warm_seconds
        self._first: tuple[float, int] | None = None
        self._wanted: Measure | None = None
        self._settle = self._steps = self._passes = 0
        self._start = clock()

    def begin(self) -> None:
        """What went before is no part of the first call."""
        self._restart()

    def passed(self, steps: int) -> None:
        """A call has made this many training steps.  Raises Enough when no more are wanted."""
        self._steps += steps
        self._passes += 1
        if self._first is None:
            self.synchronise()
            self._first = (self._clock() - self._start, steps)
            self._restart()
        elif self._wanted is None:
            self._warm(*self._first)
        elif self._settle:
            self._settle -= 1
            if not self._settle:
                self.synchronise()
                self._restart()
        elif self._steps >= self._wanted.steps:
            self.synchronise()
            self._tell(Timed(self._steps, self._clock() - self._start))
            self._next()

    def _warm(self, first: float, first_steps: int) -> None:
        self.synchronise()
        seconds = self._clock() - self._start
        # A second call may still trace or allocate, so a quick loop makes more of them.
        if seconds >= self._warm_seconds or self._passes >= _MOST_WARM_PASSES:
            self._tell(Begun(first, first_steps, seconds / self._steps))
            self._next()

    def _next(self) -> None:
        self._wanted = next(self._commands, None)
        if self._wanted is None:
            raise Enough
        self._settle = self._wanted.settle
        self._restart()

    def _restart(self) -> None:
        self._steps = self._passes = 0
        self._start = self._clock()
