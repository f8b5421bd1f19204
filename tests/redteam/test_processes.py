"""Attacks 26 to 32: multiply, outlive the run, or strike at others."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from harness.model import Killed, Limits
from tests.redteam.conftest import Attack, Marker

pytestmark = pytest.mark.redteam

_DAEMON = """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        {close}
        os.execvp("sleep", ["sleep", "{seconds}"])
    os._exit(0)
os.wait()
"""
_SLEEP = 'import os; os.execvp("sleep", ["sleep", "{seconds}"])'


def test_26_a_fork_bomb_is_bounded_and_ended(attack: Attack, marker: Marker) -> None:
    outcome = attack(
        f"""
        while True:
            try:
                if os.fork() == 0 and os.fork() == 0:
                    os.execvp("sleep", ["sleep", "{marker.seconds}"])
            except OSError:
                pass
        """,
        limits=Limits(wall_seconds=20, processes=40),
    )
    assert outcome.killed is Killed.PROCESSES
    assert outcome.seconds < 15
    assert not marker.alive()


def test_27_a_thread_bomb_meets_the_kernels_limit(ask: Callable[..., Any]) -> None:
    limits = Limits(wall_seconds=20, processes=20)
    found = ask(
        """
        import threading
        stop = threading.Event()
        started = 0
        try:
            for started in range(5000):
                threading.Thread(target=stop.wait).start()
        except RuntimeError as error:
            print(error)
        stop.set()
        answer(started)
        """,
        limits=limits,
    )
    assert 0 < found <= limits.processes + 16 * (os.cpu_count() or 1)


def test_28_a_daemon_is_gone_when_the_run_is_over(attack: Attack, marker: Marker) -> None:
    outcome = attack(_DAEMON.format(seconds=marker.seconds, close="os.closerange(0, 3)"))
    assert outcome.exit_code == 0
    assert not marker.alive()


def test_29_a_daemon_that_keeps_the_output_open_holds_nobody_up(attack: Attack, marker: Marker) -> None:
    outcome = attack(_DAEMON.format(seconds=marker.seconds, close="") + "print('over')")
    assert outcome.stdout == b"over\n"
    assert outcome.seconds < 15
    assert not marker.alive()


def test_30_the_tree_dies_with_its_supervisor(
    supervisor: Callable[[str], subprocess.Popen[str]], marker: Marker
) -> None:
    with supervisor(
        _DAEMON.format(seconds=marker.seconds, close="") + _SLEEP.format(seconds=marker.seconds)
    ) as host:
        started = marker.wait(alive=True)
        host.kill()
    assert started
    assert marker.wait(alive=False)


def test_30_the_tree_is_dead_before_an_interrupt_is_passed_on(
    supervisor: Callable[[str], subprocess.Popen[str]], marker: Marker
) -> None:
    with supervisor(_SLEEP.format(seconds=marker.seconds)) as host:
        assert marker.wait(alive=True)
        host.send_signal(signal.SIGINT)
        output, errors = host.communicate(timeout=20)
        assert not marker.alive()
    assert output.split() == ["ready", "interrupted"], errors


def test_31_a_program_that_ignores_all_signals_ends_at_its_limit(attack: Attack, marker: Marker) -> None:
    outcome = attack(
        f"""
        for number in set(signal.Signals) - {{signal.SIGKILL, signal.SIGSTOP}}:
            signal.signal(number, signal.SIG_IGN)
        os.execvp("sleep", ["sleep", "{marker.seconds}"])
        """,
        limits=Limits(wall_seconds=1.5),
    )
    assert outcome.killed is Killed.WALL
    assert 1.5 <= outcome.seconds < 6
    assert not marker.alive()


def test_32_signals_reach_nobody_outside(attack: Attack) -> None:
    with subprocess.Popen(["sleep", "60"]) as bystander:
        outcome = attack(f"""
            for target in (-1, 1, os.getppid(), {bystander.pid}, {os.getpid()}):
                try:
                    os.kill(target, signal.SIGKILL if target == {bystander.pid} else signal.SIGTERM)
                except OSError:
                    pass
        """)
        survived = bystander.poll() is None
        bystander.kill()
    assert survived
    assert outcome.killed is None
