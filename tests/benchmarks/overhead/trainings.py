"""A training alone and a training that is watched: works that can be handed to another process."""

from __future__ import annotations

import re

from harness.data.full import full_archive
from harness.listing import read_listing
from harness.model import Article, Budget, Limits
from harness.pipeline import open_sandbox
from harness.run.parent import Job, run
from harness.run.plain import run_plainly

_LIMITS = Limits(wall_seconds=1800, cpu_seconds=3600)


def alone(text: str) -> float:
    """What the training takes in a run that nobody watches."""
    outcome = run_plainly(
        text,
        open_sandbox(),
        _LIMITS,
        backend="tensorflow",
        mnist=full_archive(None).path,
        keep=lambda scratch: None,
        on_output=lambda stream, chunk: None,
    )
    return told(outcome.stdout, outcome.stderr)


def watched(text: str) -> float:
    """The same in a run that is watched from its first update to its last."""
    archive = full_archive(None)
    listing = read_listing(Article("program.py", "0" * 64, text, "script"))
    job = Job(
        Budget(_LIMITS, updates=10**9, busy_seconds=_LIMITS.cpu_seconds),
        mnist=archive.path,
        repeated_from=archive.repeated_from,
    )
    trace = run(listing, job, open_sandbox())
    return told(trace.outcome.stdout, trace.outcome.stderr)


def told(stdout: bytes, stderr: bytes) -> float:
    """The processor seconds that a program printed."""
    found = re.search(rb"^seconds (\S+)$", stdout, flags=re.MULTILINE)
    assert found, stderr.decode(errors="replace")[-2000:]
    return float(found[1])
