"""Workers without frameworks or walls: a sandbox that serves jobs in a thread, training that is a sleep."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.measure.throughput import worker
from harness.measure.throughput.device import Device
from harness.measure.throughput.gate import Gate
from harness.model import Confinement, Limits, Outcome

Serve = Callable[[Mapping[str, Any], Any, Callable[[Mapping[str, Any]], None]], None]


class ThreadSandbox:
    """Implements ``harness.model.Sandbox``: the "confined" process is a function, called in this thread."""

    name = "thread"
    confinement = Confinement("thread", False, False, False, False, False, False, "a test")

    def __init__(self, serve: Serve = worker.serve) -> None:
        self._serve = serve

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
        assert on_record is not None
        job = json.loads(stdin)
        with Path(job["commands"]).open() as commands:
            self._serve(job, map(json.loads, commands), lambda answer: on_record(json.dumps(answer).encode()))
        return Outcome(0, None, None, b"", b"last words", False, 0.0, 0)


class Sleeper:
    """Stands for a worker's training: each variant's step takes its own time; turns are written down."""

    def __init__(self, steps: Mapping[str, float], fails: Mapping[str, str] | None = None) -> None:
        self.steps, self.fails = dict(steps), dict(fails or {})
        self.turns: list[tuple[str, Any]] = []

    def subject(self, job: Mapping[str, Any], device: Device) -> Callable[[Any, Gate, dict[str, Any]], None]:
        """In the place of ``worker._subject``."""
        variant = str(job["variant"])

        def train(what: Any, gate: Gate, details: dict[str, Any]) -> None:
            if variant in self.fails:
                raise ValueError(self.fails[variant])
            details["cost"] = {"flops": 2000, "bytes": 1000}
            if variant == "reference":
                details.update(chosen="by hand", candidates={"by hand": 0.1}, left_out={"other": "why"})
            gate.begin()
            while True:
                time.sleep(self.steps.get(variant, 0.001))
                self.turns.append((variant, what))
                gate.passed(1)

        return train


def device(backend: str, kind: str) -> Device:
    """In the place of ``device.choose``."""
    return Device(kind, f"a fake {kind}", lambda: None, lambda: 123 * 2**20)
