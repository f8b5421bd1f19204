"""When a review is warm, and what happens where warm fails: judged with sandboxes that only pretend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.model import (
    Article,
    Confinement,
    Ended,
    Killed,
    Listing,
    Outcome,
    StatementDone,
    Trace,
)
from harness.pipeline import warmth
from harness.run.parent import Job
from harness.sandbox import SandboxFailed, SandboxUnavailable


@dataclass
class Pretended:
    """A sandbox, and what a run in it comes to."""

    detail: str
    answers: list[Trace | Exception] = field(default_factory=list)
    closed: bool = False
    runs: int = 0

    @property
    def confinement(self) -> Confinement:
        return Confinement("bubblewrap", True, True, True, True, True, True, self.detail)

    def close(self) -> None:
        self.closed = True


def trace(status: str = "ok", killed: Killed | None = None, signal: int | None = None) -> Trace:
    outcome = Outcome(None if signal else 0, signal, killed, b"", b"", False, 1.0, 0)
    done = StatementDone(seq=0, line=1, index=0, end_line=1, status=status)
    completed = killed is None and signal is None
    return Trace((done, Ended(1, None, 1, 1, 0)), outcome, completed)


@pytest.fixture
def cold() -> Pretended:
    return Pretended("cold", [trace()] * 9)


@pytest.fixture
def warm() -> Pretended:
    return Pretended("warm", [trace()] * 9)


@pytest.fixture
def started(warm: Pretended, monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, str]]:
    """Each start of a warm process, by its environment."""
    starts: list[Mapping[str, str]] = []

    def run(listing: Listing, job: Job, sandbox: Pretended, progress: Any) -> Trace:
        sandbox.runs += 1
        answer = sandbox.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def start(
        sandbox: object, command: object, environment: Mapping[str, str], readable: object
    ) -> Pretended:
        starts.append(environment)
        if warm.answers and isinstance(warm.answers[0], SandboxUnavailable):
            raise warm.answers[0]
        return warm

    monkeypatch.setattr(warmth, "_keepers", {})
    monkeypatch.setattr(warmth, "run", run)
    monkeypatch.setattr(warmth, "open_warm", start)
    return starts


Execute = Callable[..., str]


@pytest.fixture
def execute(cold: Pretended, started: list[Mapping[str, str]]) -> Execute:
    """Run a program; the detail of the confinement tells which sandbox it was."""

    def run(text: str = "import keras", expected: int = 2, backend: str = "tensorflow") -> str:
        listing = Listing(Article("script.py", "0" * 64, text, "script"), (), text)
        job = Job(backend=backend)
        return warmth.execute(listing, job, cold, None, expected=expected)[1].detail  # type: ignore[arg-type]

    return run


def test_one_run_alone_is_not_worth_a_warm_process(execute: Execute, started: list[Any]) -> None:
    assert execute(expected=1) == "cold"
    assert started == []


def test_many_runs_share_one_warm_process(execute: Execute, started: list[Any]) -> None:
    assert [execute(expected=3) for _ in range(3)] == ["warm"] * 3
    assert [environment["KERAS_BACKEND"] for environment in started] == ["tensorflow"]


def test_a_warm_process_that_is_there_serves_one_run_alone_as_well(execute: Execute) -> None:
    assert [execute(expected=5), execute(expected=1)] == ["warm", "warm"]


def test_who_asks_for_a_process_of_its_own_gets_one_also_where_a_warm_one_is_there(execute: Execute) -> None:
    assert [execute(expected=5), execute(expected=0)] == ["warm", "cold"]


@pytest.mark.parametrize(
    "options", [{"text": "print(1)"}, {"backend": "jax"}, {"text": "import os, keras\nos.environ['A'] = ''"}]
)
def test_what_needs_a_process_of_its_own_starts_no_warm_one(
    options: dict[str, str], execute: Execute, started: list[Any]
) -> None:
    assert execute(**options) == "cold"
    assert started == []


@pytest.mark.parametrize(
    "doubtful",
    [trace(killed=Killed.WALL), trace(signal=11), trace(status="timeout"), trace(killed=Killed.MEMORY)],
)
def test_a_kill_hang_or_crash_seen_warm_is_confirmed_cold(
    doubtful: Trace, execute: Execute, cold: Pretended, warm: Pretended
) -> None:
    warm.answers = [doubtful, trace()]
    assert execute() == "cold"
    assert (warm.runs, cold.runs, warm.closed) == (1, 1, False)
    assert execute() == "warm"


def test_where_no_warm_process_starts_runs_are_cold_and_say_why(
    execute: Execute, warm: Pretended, started: list[Any]
) -> None:
    warm.answers = [SandboxUnavailable("namespaces are forbidden")]
    told = "cold; not from a warm process: namespaces are forbidden"
    assert [execute(), execute()] == [told, told]
    assert len(started) == 1
    assert execute(text="print(1)") == "cold"


def test_a_warm_process_that_fails_is_given_up(
    execute: Execute, warm: Pretended, cold: Pretended, started: list[Any]
) -> None:
    warm.answers = [trace(), SandboxFailed("the warm process has ended"), trace()]
    told = "cold; not from a warm process: the warm process has ended"
    assert [execute(), execute(), execute()] == ["warm", told, told]
    assert (warm.closed, len(started), cold.runs) == (True, 1, 2)
