"""Runs that begin in a process that is ready to go on, instead of in a fresh interpreter."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.model import Confinement, Limits, Outcome, Sandbox
from harness.sandbox.box import Box
from harness.sandbox.errors import SandboxFailed, SandboxUnavailable
from harness.sandbox.lodging import lodge
from harness.sandbox.plan import Request
from harness.sandbox.streams import Streams
from harness.sandbox.wall import Wall

_START_SECONDS = 120.0  # a cold disk, a busy machine


class WarmSandbox:
    """Implements ``harness.model.Sandbox``: each run is a fork of one warm process, in a room of its own.

    A run whose command is the warm process's own goes on in the fork.  Any other command is executed
    in the room.
    """

    def __init__(self, box: Box, wall: Wall) -> None:
        self.name = box.name
        self._wall = wall
        detail = f"{box.confinement.detail}; forked from a warm process"
        self._confinement = replace(box.confinement, detail=detail)

    @property
    def confinement(self) -> Confinement:
        return self._confinement

    def close(self) -> None:
        """End the warm process and all runs; harmless when done before."""
        atexit.unregister(self.close)
        self._wall.close()

    def run(
        self,
        command: Sequence[str],
        *,
        scratch: Path,
        limits: Limits,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        readable: Sequence[Path] = (),
        on_record: Callable[[bytes], None] | None = None,
        on_output: Callable[[str, bytes], None] | None = None,
    ) -> Outcome:
        """See ``harness.model.Sandbox.run``; raises SandboxFailed where no room can be had.

        While the program runs, ``scratch`` lies elsewhere and there is nothing in its place.
        """
        request = Request(
            command=tuple(command),
            scratch=scratch.resolve(strict=True),
            limits=limits,
            environment=dict(environment or {}),
            readable=tuple(path.absolute() for path in readable),
            identity=self._wall.identity,
        )
        refusal = self._wall.refuses(request)
        if refusal:
            raise SandboxFailed(refusal)
        with self._wall.rooms.lodged(request.scratch) as place:
            streams = Streams(limits, stdin, on_record, on_output)
            return lodge(self._wall, request, place, streams, records=on_record is not None)


def open_warm(
    sandbox: Sandbox, command: Sequence[str], environment: Mapping[str, str], readable: Sequence[Path]
) -> WarmSandbox:
    """Start a process that makes itself ready behind this sandbox's walls; raises SandboxUnavailable.

    ``command`` finds ``ERRATA_ROOMS`` in its environment, the folder of the package ``stage2``.  When
    it is ready it calls ``stage2.room.serve(0)``, which returns in the forked process of each run.
    """
    if not isinstance(sandbox, Box) or sandbox.opened.wall is None:
        raise SandboxUnavailable(f"the sandbox {sandbox.name} starts every run afresh")
    try:
        wall = Wall(sandbox.opened.wall, command, environment, readable, _START_SECONDS)
    except (SandboxFailed, OSError) as error:
        raise SandboxUnavailable(str(error)) from error
    warm = WarmSandbox(sandbox, wall)
    atexit.register(warm.close)
    return warm
