"""What the worker offers to the observers: where the program is, and what it may still do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from harness.model import Event
from harness.run.execution import Emit
from harness.run.loops import Loops
from harness.run.rewritten import Rewritten

_ROWS = 1024


class WorkerHooks:
    """The observers' view of a run; see ``harness.run.watch.Hooks``."""

    def __init__(
        self,
        filename: str,
        emit: Emit,
        loops: Loops,
        namespace: Mapping[str, object],
        rows: int | None,
        time_left: Callable[[], float],
    ) -> None:
        """``time_left``: seconds for which statements may still run."""
        self._filename = filename
        self._emit = emit
        self._loops = loops
        self._namespace = namespace
        self._rows = rows
        self._time_left = time_left
        self._rewritten = Rewritten(filename)
        self.aside: Callable[[Exception, int | None], None] = lambda error, line: None

    def emit(self, event_type: type[Event], **fields: Any) -> int:
        return self._emit(event_type, **fields)

    def line(self) -> int | None:
        """The innermost article line now executing."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self._filename:
            line = self._rewritten.line(frame.f_code.co_filename, frame.f_lineno)
            if line is not None:
                return line
            frame = frame.f_back
        return frame.f_lineno if frame is not None else None

    def in_loop(self) -> bool:
        return self._loops.running

    def updates_left(self) -> int:
        return self._loops.remaining()

    def seconds_left(self) -> float:
        return max(0.0, min(self._loops.seconds_left(), self._time_left() / 2))

    def count_updates(self, n: int) -> None:
        self._loops.count(n)

    def count_compilation(self) -> None:
        self._loops.count_compilation()

    def namespace(self) -> Mapping[str, object]:
        return self._namespace

    @property
    def limits_rows(self) -> int:
        """A batch with more rows is cut to this many, so that one update fits the budget."""
        return self._rows if self._rows is not None else sys.maxsize
