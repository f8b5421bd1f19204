"""A backend that was found to work, as the sandbox that the other stages see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from harness.model import Confinement, Limits, Outcome
from harness.sandbox import identity
from harness.sandbox.plan import Opened, Request
from harness.sandbox.streams import Streams
from harness.sandbox.supervise import supervise


@dataclass(frozen=True)
class Box:
    """Implements ``harness.model.Sandbox``."""

    name: str
    opened: Opened

    @property
    def confinement(self) -> Confinement:
        return self.opened.confinement

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
        """See ``harness.model.Sandbox.run``; raises SandboxFailed where the run cannot be started.

        Started by root, ``scratch`` and what lies in it is given to the unprivileged user of this run.
        """
        request = Request(
            command=tuple(command),
            scratch=scratch.resolve(strict=True),
            limits=limits,
            environment=dict(environment or {}),
            readable=tuple(path.absolute() for path in readable),
            identity=identity.for_run() if self.confinement.privileges else None,
        )
        if request.identity:
            identity.give(request.scratch, request.identity)
        with ExitStack() as stack:
            plan = self.opened.plan(request, stack)
            streams = Streams(limits, stdin, on_record, on_output)
            return supervise(request, plan, streams, records=on_record is not None)
