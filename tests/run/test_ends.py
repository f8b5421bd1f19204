"""How a run ends that does not simply reach its end: waits, endless loops, exits, crashes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import (
    Budget,
    Limits,
    StatementStarted,
)
from tests.run.conftest import RunText, roots, statuses


def test_an_endless_wait_is_left_and_the_rest_is_attempted(run_text: RunText) -> None:
    budget = Budget(limits=replace(Limits(), wall_seconds=15.0))
    trace = run_text("__import__('time').sleep(600)\nprint('after')\n", budget=budget)
    assert statuses(trace) == ["timeout", "ok"]
    assert trace.outcome.stdout == b"after\n"
    assert trace.completed


def test_an_endless_loop_does_not_have_the_whole_wall_time(run_text: RunText) -> None:
    trace = run_text("while True:\n    pass\nprint('after')\n", budget=Budget(busy_seconds=3.0))
    assert statuses(trace) == ["timeout", "ok"]
    assert trace.outcome.stdout == b"after\n"


def test_waiting_is_not_being_busy(run_text: RunText) -> None:
    trace = run_text("import time\ntime.sleep(3)\nprint('after')\n", budget=Budget(busy_seconds=2.0))
    assert statuses(trace) == ["ok", "ok", "ok"]


def test_a_loop_that_swallows_everything_is_killed(run_text: RunText) -> None:
    budget = Budget(limits=replace(Limits(), wall_seconds=12.0))
    stubborn = "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True:\n    pass\n"
    trace = run_text(stubborn, budget=budget)
    assert not trace.completed
    assert trace.outcome.killed == "wall-time"
    started = [event for event in trace.events if isinstance(event, StatementStarted)]
    assert started[-1].line == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [("x = 1\nimport os\nos._exit(0)\nprint(1)\n", 3), ("import os\nos._exit(7)\n", 2)],
)
def test_an_exit_of_the_process_is_incomplete(run_text: RunText, text: str, line: int) -> None:
    trace = run_text(text)
    assert not trace.completed
    assert trace.reason is not None
    assert "ended by itself" in trace.reason
    assert [e.line for e in trace.events if isinstance(e, StatementStarted)][-1] == line


def test_sys_exit_in_the_middle_is_a_fault_and_at_the_end_is_none(run_text: RunText) -> None:
    trace = run_text("import sys\nsys.exit(0)\nprint('hidden behind it')\nsys.exit()\n")
    assert roots(trace) == [(2, "SystemExit")]
    assert trace.outcome.stdout == b"hidden behind it\n"
    assert trace.completed


def test_a_crash_is_told_with_its_signal(run_text: RunText) -> None:
    trace = run_text("import ctypes\nctypes.string_at(0)\n")
    assert not trace.completed
    assert trace.reason is not None
    assert "SIGSEGV" in trace.reason
