"""End every descendant of this process."""

from __future__ import annotations

import os
import signal
import time

_FREEZE_ROUNDS = 20


def end_descendants(seconds: float) -> None:
    """Kill and reap all descendants, however they multiply; give up after ``seconds``.

    They are stopped first: stopped processes still count against the process limit, so a fork
    bomb runs out of processes that could fork.
    """
    stopped: set[int] = set()
    for _ in range(_FREEZE_ROUNDS):
        fresh = _descendants() - stopped
        if not fresh:
            break
        _send(fresh, signal.SIGSTOP)
        stopped |= fresh
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        _send(_descendants(), signal.SIGKILL)
        if not _reap():
            return
        time.sleep(0.001)


def _reap() -> bool:
    """Reap what has ended; False when no child is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _send(pids: set[int], number: int) -> None:
    for pid in pids:
        try:  # noqa: SIM105 - importing contextlib would be waited for at every start
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass


def _descendants() -> set[int]:
    parents: dict[int, list[int]] = {}
    with os.scandir("/proc") as listing:
        pids = [int(entry.name) for entry in listing if entry.name.isdigit()]
    for pid in pids:
        parents.setdefault(_parent(pid), []).append(pid)
    found: set[int] = set()
    waiting = [os.getpid()]
    while waiting:
        for child in parents.get(waiting.pop(), ()):
            found.add(child)
            waiting.append(child)
    return found


def _parent(pid: int) -> int:
    """The process's parent; 0 where it has ended."""
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    except OSError:
        return 0
    try:
        text = os.read(descriptor, 4096)
        return int(text[text.rindex(b")") + 2 :].split(None, 2)[1])
    except ProcessLookupError:
        return 0
    finally:
        os.close(descriptor)
