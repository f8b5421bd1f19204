"""One run in a room, supervised like any other: limits, pipes, and nothing left alive."""

from __future__ import annotations

import os
import select
import socket
import subprocess
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.model import Outcome
from harness.sandbox.errors import SandboxFailed
from harness.sandbox.plan import (
    SHARED_MEMORY,
    TEMPORARY,
    Request,
    environment,
    settings,
    tmpfs_size,
)
from harness.sandbox.streams import Streams
from harness.sandbox.supervise import ended_at_last, outcome, watch
from harness.sandbox.usage import Tree, Usage, anonymous_memory
from harness.sandbox.wall import Wall, pair_that_names_senders, receive
from harness.sandbox.watchdog import Watchdog

_ROOM_SECONDS = 30.0
_RECORDS_NUMBER = "3"  # where stage 2 puts the record channel
_COVER_BYTES = 2**20
_LAST_WORDS_SECONDS = 0.05


def lodge(wall: Wall, request: Request, place: Path, streams: Streams, *, records: bool) -> Outcome:
    """Run in a room, with scratch at ``place``; raises SandboxFailed where the room could not be had."""
    with ExitStack() as stack:
        stack.callback(streams.close)
        pipes = _Pipes(stack, records=records)
        wall.enter(_config(wall, request, place, records=records), pipes.theirs)
        pipes.keep_own()
        streams.connect(
            stdin=pipes.stdin,
            stdout=pipes.stdout,
            stderr=pipes.stderr,
            status=pipes.status,
            records=pipes.records,
        )
        pid = receive(pipes.leash, _ROOM_SECONDS)
        if not pid:  # the kernel says 0 of a sender that has ended meanwhile
            streams.pump(0)
            raise SandboxFailed(f"no room could be had: {streams.status.get('failed') or 'no answer'}")
        process = _First(pid, streams, stack)
        tree = _Tree(pid, anonymous_memory(wall.server))
        stack.callback(tree.close)
        pipes.leash.settimeout(None)
        pipes.leash.send(b"g")
        with ended_at_last(process, tree, pipes.leash.detach()):
            watchdog = Watchdog(request.limits, tree, place)
            killed = watch(process, streams, watchdog)
        return outcome(streams, watchdog, killed)


def _config(wall: Wall, request: Request, place: Path, *, records: bool) -> dict[str, Any]:
    own = environment(request)
    if records:
        own["ERRATA_RECORDS"] = _RECORDS_NUMBER
    return {
        **settings(request),
        "command": None if request.command == wall.command else list(request.command),
        "environment": own,
        "seccomp": wall.filter,
        "room": _room(wall, request, place),
    }


def _room(wall: Wall, request: Request, place: Path) -> dict[str, Any]:
    """What stage 2 mounts: scratch, and empty folders over all that a run could share or write."""
    size = tmpfs_size(request.limits)
    covers = [(SHARED_MEMORY, size, 0o1777), (TEMPORARY, size, 0o1777)]
    above = wall.rooms.folder.parent
    if not above.is_relative_to(TEMPORARY):
        covers.append((str(above), _COVER_BYTES, 0o755))
    return {
        "source": str(place),
        "target": str(request.scratch),
        "covers": covers,
        "keep": [str(path) for path in wall.readable],
    }


class _Pipes:
    """The pipes of a run: our ends, and in ``theirs`` those that the room gets, in stage 2's order."""

    def __init__(self, stack: ExitStack, *, records: bool) -> None:
        self._inherited = ExitStack()
        stack.push(self._inherited)
        stdin, self.stdin = os.pipe()  # ours is closed by the streams
        self.stdout, stdout = self._reader(stack)
        self.stderr, stderr = self._reader(stack)
        self.status, status = self._reader(stack)
        self.records: int | None = None
        self.leash, leash = pair_that_names_senders(socket.SOCK_STREAM)
        stack.callback(self.leash.close)
        self._inherited.callback(os.close, stdin)
        self._inherited.callback(leash.close)
        self.theirs = [stdin, stdout, stderr, leash.fileno(), status]
        if records:
            self.records, wanted = self._reader(stack)
            self.theirs.append(wanted)

    def _reader(self, stack: ExitStack) -> tuple[int, int]:
        ours, theirs = os.pipe()
        stack.callback(os.close, ours)
        self._inherited.callback(os.close, theirs)
        return ours, theirs

    def keep_own(self) -> None:
        """Close the ends that the room has, so that its end is seen."""
        self._inherited.close()


class _First:
    """A room's first process, which is not our child, waited for by a handle."""

    def __init__(self, pid: int, streams: Streams, stack: ExitStack) -> None:
        self.pid = pid
        self._streams = streams
        handle = os.pidfd_open(pid)
        stack.callback(os.close, handle)
        self._poll = select.poll()
        self._poll.register(handle, select.POLLIN)

    def poll(self) -> int | None:
        ending = self._streams.status.keys() & {"exit", "signal"}
        return 0 if self._poll.poll(1000 * _LAST_WORDS_SECONDS if ending else 0) else None

    def wait(self, timeout: float | None = None) -> int:
        if not self._poll.poll(None if timeout is None else 1000 * timeout):
            raise subprocess.TimeoutExpired("room", timeout or 0.0)
        return 0


class _Tree(Tree):
    """A room's processes.  The first of them only waits, in memory that is the warm process's."""

    def __init__(self, root: int, inherited: int) -> None:
        super().__init__(root)
        self._inherited = inherited  # bytes that proportional shares leave mostly to others

    def sample(self) -> Usage:
        usage = super().sample()
        first = self.members.get(self.root)
        return replace(usage, memory=usage.memory - first.resident) if first else usage

    def exact_memory(self) -> int:
        return super().exact_memory() + self._inherited
