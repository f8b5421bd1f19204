"""Runs small programs in the strongest sandbox of the machine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from harness.model import Article, Fault, Listing, StatementDone, Trace
from harness.run.parent import Job, run
from harness.sandbox import choose

RunText = Callable[..., Trace]


@pytest.fixture(scope="session")
def run_text() -> RunText:
    """Run a script's text; keyword arguments are those of ``Job``."""
    sandbox = choose()

    def run_it(text: str, **job: object) -> Trace:
        article = Article("script.py", hashlib.sha256(text.encode()).hexdigest(), text, "script")
        return run(Listing(article, (), text), Job(**job), sandbox)  # type: ignore[arg-type]

    return run_it


def faults(trace: Trace) -> list[Fault]:
    return [event for event in trace.events if isinstance(event, Fault)]


def roots(trace: Trace) -> list[tuple[int | None, str]]:
    """Line and type of each fault that follows from no other."""
    return [(fault.line, fault.type) for fault in faults(trace) if fault.follows is None]


def statuses(trace: Trace) -> list[str]:
    """How each top-level statement ended."""
    return [event.status for event in trace.events if isinstance(event, StatementDone)]
