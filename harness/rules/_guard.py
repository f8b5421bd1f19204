"""Rules applied so that one that fails, or does not end, costs its own findings and no other's."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from harness.ours import described
from harness.rules import Rule
from harness.rules._evidence import Evidence, Match


class Guard:
    """Applies rules to one article, all of them in a limited time.

    ``failures`` says of each rule that raised what it raised; ``late`` names those that the time, in
    seconds, was not enough for.  Without a timer of its own (in a thread, or beside a timer of the
    caller's) nothing is left: then a rule may take as long as it takes.
    """

    def __init__(self, seconds: float) -> None:
        self.failures: dict[str, str] = {}
        self.late: list[str] = []
        self._ends = time.monotonic() + seconds

    def apply(self, rule: Rule, evidence: Evidence) -> list[Match]:
        """What the rule finds; nothing where it fails."""
        left = self._ends - time.monotonic()
        try:
            if left <= 0:
                raise _TooLong
            with _left_after(left):
                return list(rule.find(evidence))
        except _TooLong:
            self.late.append(rule.name)
        except Exception as error:
            self.failures[rule.name] = described(error)
        return []


class _TooLong(BaseException):
    """No ``except Exception`` on the way catches it."""


@contextmanager
def _left_after(seconds: float) -> Iterator[None]:
    main = threading.current_thread() is threading.main_thread()
    if not main or sys.platform == "win32" or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return
    before = signal.signal(signal.SIGALRM, _leave)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _leave(number: int, frame: FrameType | None) -> None:
    raise _TooLong
