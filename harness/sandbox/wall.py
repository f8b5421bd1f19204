"""A wall that outlives a run, and behind it one process that forks a child into a room for each run."""

from __future__ import annotations

import marshal
import os
import socket
import struct
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness.model import Limits
from harness.rooms import SERVE
from harness.sandbox import identity, interpreter
from harness.sandbox.errors import SandboxFailed
from harness.sandbox.plan import TEMPORARY, Plan, Request, environment, settings
from harness.sandbox.rooms import Rooms
from harness.sandbox.supervise import memory_file, start

_READY = b"ready"
_END_SECONDS = 5.0
_UCRED = struct.Struct("iII")  # struct ucred: process, user, group


class Wall:
    """One process that is ready to go on.  ``close`` ends it and all rooms; until then runs may enter."""

    def __init__(
        self,
        plan: Callable[[Request, ExitStack], Plan],
        command: Sequence[str],
        surroundings: Mapping[str, str],
        readable: Sequence[Path],
        seconds: float,
    ) -> None:
        """Raises SandboxFailed where the process is not ready within ``seconds``."""
        self.command = tuple(command)
        self.environment = dict(surroundings)
        self.readable = interpreter.outermost([*interpreter.prefixes(), *(p.absolute() for p in readable)])
        self.identity = identity.for_run()
        with ExitStack() as stack:
            self.rooms = Rooms(self.identity)
            stack.callback(self.rooms.close)
            self._words = os.memfd_create("errata")
            stack.callback(os.close, self._words)
            self._control, theirs = pair_that_names_senders(socket.SOCK_SEQPACKET)
            stack.callback(self._control.close)
            with theirs:
                self._start(plan, theirs, stack)
            #: The serving process, by the number that it has for us.
            self.server = self._await(seconds)
            self._stack = stack.pop_all()

    def _start(
        self, plan: Callable[[Request, ExitStack], Plan], control: socket.socket, stack: ExitStack
    ) -> None:
        request = Request(
            command=self.command,
            scratch=self.rooms.folder,
            limits=Limits(),
            environment={**self.environment, "HOME": str(self.rooms.home)},
            readable=self.readable,
            identity=self.identity,
        )
        with ExitStack() as inherited:
            planned = plan(request, inherited)
            self.filter: str = planned.settings["seccomp"]
            leash, self._leash = os.pipe()
            inherited.callback(os.close, leash)
            status = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)  # how it ends says nothing of a run
            inherited.callback(os.close, status)
            config = {
                **settings(request),
                **planned.settings,
                "seccomp": None,  # what serves makes namespaces; what it starts is filtered
                "environment": {**environment(request), SERVE: planned.stage2},
                "limits": {"RLIMIT_CORE": 0},
                "leash": leash,
                "status": status,
                "records": None,
            }
            try:
                self._process = start(
                    request,
                    planned,
                    memory_file(inherited, config),
                    (leash, status),
                    (control.fileno(), self._words, self._words),
                )
            except BaseException:
                os.close(self._leash)
                raise
            stack.callback(self._end)

    def _await(self, seconds: float) -> int:
        self._control.settimeout(seconds)
        try:
            said, ancillary, _, _ = self._control.recvmsg(64, socket.CMSG_SPACE(_UCRED.size))
        except TimeoutError:
            raise SandboxFailed(f"the warm process was not ready after {seconds:g} seconds") from None
        if said != _READY:
            raise SandboxFailed(
                f"the warm process did not start: {self.words() or 'it ended without a word'}"
            )
        return sender(ancillary)

    def refuses(self, request: Request) -> str:
        """Why a run cannot have a room; "" where it can."""
        if self._process.poll() is not None:
            return f"the warm process has ended: {self.words() or 'without a word'}"
        for path in request.readable:
            if not any(path.is_relative_to(folder) for folder in self.readable):
                return f"the warm process cannot see {path}"
        folder, scratch = self.rooms.folder, request.scratch
        if not scratch.is_relative_to(TEMPORARY) and scratch.parent != folder.parent:
            return f"{scratch} lies outside {folder.parent}"
        if scratch.stat().st_dev != folder.stat().st_dev:
            return f"{scratch} lies on another file system than {folder}"
        if request.command == self.command and request.environment != self.environment:
            return "the warm process was started with other settings"
        return ""

    def enter(self, config: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        """Ask for a room; the process closes nothing of ours."""
        try:
            socket.send_fds(self._control, [marshal.dumps(dict(config))], list(descriptors))
        except OSError as error:
            raise SandboxFailed(f"the warm process does not listen: {error}") from error

    def words(self) -> str:
        """The last line that the process has written."""
        size = os.fstat(self._words).st_size
        text = os.pread(self._words, 4096, max(0, size - 4096)).decode(errors="replace").strip()
        return text.splitlines()[-1] if text else ""

    def close(self) -> None:
        """End everything; harmless when done before."""
        self._stack.close()

    def _end(self) -> None:
        os.close(self._leash)
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def pair_that_names_senders(kind: socket.SocketKind) -> tuple[socket.socket, socket.socket]:
    """Two connected sockets; ``sender`` tells who sent what arrives at the first.

    The kernel notes a sender only if that was asked for before the message was sent.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return ours, theirs


def sender(ancillary: Sequence[tuple[int, int, bytes]]) -> int:
    """The process that sent a message, by the number that it has for us."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            return int(_UCRED.unpack(data[: _UCRED.size])[0])
    raise SandboxFailed("the kernel does not say who sent a message")


def receive(leash: socket.socket, seconds: float) -> int | None:
    """Wait for a room's first word; its sender, or None where the room has failed."""
    leash.settimeout(seconds)
    try:
        said, ancillary, _, _ = leash.recvmsg(64, socket.CMSG_SPACE(_UCRED.size))
    except (TimeoutError, ConnectionResetError):
        return None
    return sender(ancillary) if said else None
