"""Starts the worker and makes a trace of what comes back, trusting nothing that it says.

Facts (exit status, kill reason, time) are the parent's own; the events are claims that have been
authenticated, schema-checked and held against the plan, which the parent knows from the listing.
"""

from __future__ import annotations

import ast
import json
import secrets
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import harness
from harness import scratch
from harness.model import (
    Budget,
    Ended,
    Event,
    Killed,
    Listing,
    Outcome,
    Sandbox,
    StatementDone,
    StatementStarted,
    Trace,
)
from harness.run import channel, legacy
from harness.run.codec import CodecError, decode

#: How a worker is started.
COMMAND = (sys.executable, "-P", "-s", "-u", "-B", "-m", "harness.run.worker")
_MOST_EVENTS = 50_000

_REASONS = {
    Killed.WALL: "it did not end within the time limit",
    Killed.CPU: "it used more processor time than allowed",
    Killed.MEMORY: "out of memory: it needed more than the memory limit",
    Killed.PROCESSES: "it started more processes than allowed",
    Killed.DISK: "it wrote more to disk than allowed",
    Killed.OUTPUT: "it printed more than allowed",
    Killed.RECORDS: "it flooded the record channel",
    Killed.INTERRUPT: "it was interrupted",
}


@dataclass(frozen=True)
class Job:
    """What a run needs besides the listing."""

    budget: Budget = field(default_factory=Budget)
    backend: str = "tensorflow"
    keras: int = 3  # major version
    mnist: Path | None = None  # an .npz with the documented full shapes
    repeated_from: int | None = None
    rows: int | None = 1024  # larger batches are cut to this many rows; None: never


def run(
    listing: Listing,
    job: Job,
    sandbox: Sandbox,
    progress: Callable[[str], None] | None = None,
) -> Trace:
    """Run a listing in a sandbox.  The scratch folder is gone when this returns."""
    with scratch.folder() as folder:
        file = folder / "listing.py"
        file.write_text(listing.text, encoding="utf-8")
        key = secrets.token_bytes(32)
        collector = _Collector(key, progress)
        outcome = sandbox.run(
            COMMAND,
            scratch=folder,
            limits=job.budget.limits,
            stdin=_job_line(job, file, key),
            environment=watched_environment(job.backend, job.keras),
            readable=readable(job),
            on_record=collector,
        )
    reason = _reason(outcome, collector.events, _plan(listing))
    return Trace(tuple(collector.events), outcome, completed=reason is None, reason=reason)


class _Collector:
    """Keeps the authentic, well-formed events of a run in their order."""

    def __init__(self, key: bytes, progress: Callable[[str], None] | None) -> None:
        self.events: list[Event] = []
        self._key = key
        self._progress = progress

    def __call__(self, line: bytes) -> None:
        value = channel.verify(line, self._key)
        if value is None or len(self.events) >= _MOST_EVENTS:
            return
        try:
            event = decode(value)
        except CodecError:
            return
        # A record that was said before, or out of order, is a replay.
        if event.seq != len(self.events):
            return
        self.events.append(event)
        if self._progress is not None and isinstance(event, StatementStarted):
            self._progress(f"line {event.line}")


def _job_line(job: Job, file: Path, key: bytes) -> bytes:
    return (
        json.dumps(
            {
                "file": str(file),
                "key": key.hex(),
                "updates": job.budget.updates,
                "seconds": job.budget.limits.wall_seconds,
                "busy_seconds": job.budget.busy_seconds,
                "seed": job.budget.seed,
                "rows": job.rows,
                "backend": job.backend,
                "keras": job.keras,
                "mnist": str(job.mnist) if job.mnist else None,
                "repeated_from": job.repeated_from,
            }
        ).encode()
        + b"\n"
    )


def readable(job: Job) -> list[Path]:
    """What a worker must be able to read besides its interpreter."""
    return [Path(harness.__file__).parent, *([job.mnist] if job.mnist else [])]


def watched_environment(backend: str, keras: int = 3) -> Mapping[str, str]:
    """That of a watched run: ``environment`` with one thread for an operation.

    How a sum is divided among threads shows in its last digits, and reviews are made side by side: what one
    finds may depend neither on the number of processors nor on that of jobs.
    """
    return {**environment(backend, keras), "TF_NUM_INTRAOP_THREADS": "1", "OMP_NUM_THREADS": "1"}


def environment(backend: str, keras: int = 3) -> Mapping[str, str]:
    """The environment variables of a confined run, besides those of the sandbox."""
    return {
        **(legacy.ENVIRONMENT if keras == 2 else {}),
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MPLBACKEND": "Agg",
        "PYTHONHASHSEED": "0",
        "COLUMNS": "80",
    }


def _plan(listing: Listing) -> list[tuple[int, int]]:
    """Line and end line of every statement that an honest run must report."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        body = ast.parse(listing.text).body
    return [(node.lineno, node.end_lineno or node.lineno) for node in body]


def _reason(outcome: Outcome, events: list[Event], plan: list[tuple[int, int]]) -> str | None:
    """Why a run is not complete, or None: decided by the parent."""
    if outcome.killed is not None:
        return _REASONS[outcome.killed]
    if outcome.signal is not None:
        return f"the Python process crashed ({_signal_name(outcome.signal)})"
    done = [(event.line, event.end_line) for event in events if isinstance(event, StatementDone)]
    ended = isinstance(events[-1], Ended) if events else False
    if ended and done == plan and outcome.exit_code == 0:
        return None
    if outcome.exit_code == 0 or not ended:
        return f"the process ended by itself (exit status {outcome.exit_code}) before all statements had run"
    return f"the process ended with exit status {outcome.exit_code} after its last statement"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
