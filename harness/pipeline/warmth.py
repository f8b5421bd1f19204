"""Where a run begins: in a fresh process, or in a fork of one that has imported the frameworks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from harness.model import Confinement, Listing, Sandbox, StatementDone, Trace
from harness.run import parent
from harness.run.parent import Job, run
from harness.run.pristine import why_afresh
from harness.sandbox import SandboxFailed, SandboxUnavailable
from harness.sandbox.warm import WarmSandbox, open_warm

_PAYS_FROM = 2  # one run alone would wait for the import all the same


def execute(
    listing: Listing,
    job: Job,
    sandbox: Sandbox,
    progress: Callable[[str], None] | None,
    *,
    expected: int,
) -> tuple[Trace, Confinement]:
    """Run a listing behind the walls of ``sandbox``, warm where that saves time and changes nothing.

    ``expected`` is the number of runs that the caller is about to make; 0 asks for a process of its
    own, also where a warm one is there.  A run that was killed, hung or crashed in a fork is made
    again in a process of its own, and only that one counts.
    """
    cold = sandbox.confinement
    keeper = _keeper(sandbox, job)
    worth_it = expected >= _PAYS_FROM or (expected and keeper.started)
    if worth_it and not why_afresh(listing.text, job.backend, job.keras):
        warm = keeper.open()
        try:
            if warm is not None:
                trace = run(listing, job, warm, progress)
                if not _doubtful(trace):
                    return trace, warm.confinement
        except SandboxFailed as error:
            keeper.give_up(str(error))
        if keeper.failure:
            cold = replace(cold, detail=f"{cold.detail}; not from a warm process: {keeper.failure}")
    return run(listing, job, sandbox, progress), cold


def _doubtful(trace: Trace) -> bool:
    hung = any(isinstance(event, StatementDone) and event.status == "timeout" for event in trace.events)
    return hung or not trace.completed


@dataclass
class _Keeper:
    """One warm process, started when it is first wanted; given up for good when it fails."""

    sandbox: Sandbox
    job: Job
    failure: str = ""
    _warm: WarmSandbox | None = None
    _starting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def started(self) -> bool:
        return self._warm is not None

    def open(self) -> WarmSandbox | None:
        with self._starting:
            if self._warm is None and not self.failure:
                try:
                    self._warm = open_warm(
                        self.sandbox,
                        parent.COMMAND,
                        parent.watched_environment(self.job.backend, self.job.keras),
                        parent.readable(self.job),
                    )
                except SandboxUnavailable as error:
                    self.failure = str(error)
            return self._warm

    def give_up(self, reason: str) -> None:
        with self._starting:
            self.failure = self.failure or reason
            if self._warm is not None:
                self._warm.close()
            self._warm = None


# The warm processes of this process, by what they were started with; they end with it.
_keepers: dict[tuple[object, ...], _Keeper] = {}


def _keeper(sandbox: Sandbox, job: Job) -> _Keeper:
    key = (id(sandbox), job.backend, job.mnist)
    return _keepers.setdefault(key, _Keeper(sandbox, job))
