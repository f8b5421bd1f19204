"""Processes that take turns, a few seconds each: what disturbs the machine disturbs all alike."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from harness.sandbox.usage import Tree

_SECONDS = 2.0  # of a turn
_CONTEXT = multiprocessing.get_context("spawn")


def turn_about(works: Sequence[Callable[[], Any]], seconds: float = _SECONDS) -> list[Any]:
    """What the works return, each done in a process of its own, and no two of them at the same time.

    A work is anything that can be pickled.  While one has its turn, the others are stopped with all
    processes that they have started.  Raises RuntimeError where one ends without a result.
    """
    with contextlib.ExitStack() as stack:
        players = [stack.enter_context(_player(work)) for work in works]
        while waiting := [player for player in players if player.process.is_alive()]:
            for player in waiting:
                with player.running():
                    player.process.join(seconds)
        return [player.result() for player in players]


@dataclass(frozen=True)
class _Player:
    process: BaseProcess
    tree: Tree
    results: Connection

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the process and to all that it has started."""
        told: set[int] = set()
        while True:
            self.tree.sample()
            fresh = self.tree.members.keys() - told
            if not fresh:
                return
            for pid in fresh:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            told |= fresh

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        self.tell(signal.SIGCONT)
        yield
        self.tell(signal.SIGSTOP)

    def result(self) -> Any:
        try:
            return self.results.recv()
        except EOFError:
            status = self.process.exitcode
            raise RuntimeError(f"a process ended with status {status} and gave no result") from None


@contextlib.contextmanager
def _player(work: Callable[[], Any]) -> Iterator[_Player]:
    results, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_do, args=(work, theirs))
    process.start()
    theirs.close()
    assert process.pid is not None
    player = _Player(process, Tree(process.pid), results)
    player.tell(signal.SIGSTOP)
    try:
        yield player
    finally:
        if process.is_alive():
            player.tell(signal.SIGKILL)
        process.join()
        player.tree.close()
        results.close()


def _do(work: Callable[[], Any], results: Connection) -> None:
    results.send(work())
