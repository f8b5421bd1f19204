"""A worker process as the conductor sees it: started, asked, and ended whatever it does."""

from __future__ import annotations

import json
import math
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import harness
from harness import scratch
from harness.measure.throughput import device as devices
from harness.model import Limits, Outcome, Sandbox

COMMAND = (sys.executable, "-P", "-s", "-u", "-B", "-m", "harness.measure.throughput.worker")
_MEMORY = 8 * 2**30
_LAST_WORD = 3.0  # seconds: more than a heartbeat of a worker
_LONGEST = 1 << 16  # bytes of an answer


class WorkerFailed(Exception):
    """A worker has failed at this, and its message says how; ``fatal`` where it can do nothing more."""

    def __init__(self, message: str, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.fatal = fatal


class _Abandoned(Exception):
    """Ends a sandbox's run from within."""


class Hand:
    """One confined worker.  All that it says is checked: the program in it may say anything."""

    def __init__(
        self, sandbox: Sandbox, job: Mapping[str, Any], text: str | None, mnist: Path, seconds: float
    ) -> None:
        self._answers: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._abandoned = False
        self._pipe = -1
        self._ready = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(sandbox, dict(job), text, mnist, seconds), daemon=True
        )
        self._thread.start()
        self._ready.wait()

    def ask(self, command: Mapping[str, Any]) -> None:
        with suppress(OSError):  # a worker that is gone is told of by ``answer``
            os.write(self._pipe, json.dumps(command).encode() + b"\n")

    def answer(self, kind: str, seconds: float) -> Mapping[str, Any]:
        """The next answer, which is to be of this kind.  Raises WorkerFailed."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = self._answers.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                self._abandoned = True
                raise WorkerFailed(
                    f"it took longer than {seconds:.0f} s, and was ended", fatal=True
                ) from None
            if "failed" in found:
                raise WorkerFailed(str(found["failed"]), fatal=bool(found.get("fatal")))
            if isinstance(value := found.get(kind), dict):
                return value
            if not found.get("alive"):
                self._abandoned = True
                raise WorkerFailed(f"it answered {sorted(found)}, expected {kind!r}", fatal=True)

    def started(self, seconds: float) -> str:
        """Wait until it is ready; the name of its device.  Raises WorkerFailed."""
        return str(self.answer("ready", seconds).get("device"))

    def begin(self, what: object, seconds: float) -> Mapping[str, float]:
        """Have it compile and warm up with this batch size: ``first``, ``first_steps`` and ``step``.

        Raises WorkerFailed.
        """
        self.ask({"begin": what})
        return self._numbers("begun", ("first", "first_steps", "step"), seconds)

    def region(self, steps: int, settle: int, seconds: float) -> tuple[int, float]:
        """Have it time at least so many steps; how many, and their seconds.  Raises WorkerFailed."""
        self.ask({"steps": steps, "settle": settle})
        timed = self._numbers("timed", ("steps", "seconds"), seconds)
        return int(timed["steps"]), timed["seconds"]

    def end(self, seconds: float) -> Mapping[str, Any]:
        """End this batch size; what the worker says of it.  Raises WorkerFailed."""
        self.ask({"end": True})
        return self.answer("ended", seconds)

    def release(self) -> None:
        """Ask it to end; harmless when done before."""
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1

    def close(self, patience: float) -> None:
        """End it, after so many seconds in which it may end by itself; harmless when done before."""
        self.release()
        self._thread.join(patience)
        self._abandoned = True
        # It is ended at the next word it says; what is silent until then ends with us, at the latest.
        self._thread.join(_LAST_WORD)

    def _numbers(self, kind: str, names: Sequence[str], seconds: float) -> dict[str, float]:
        """These fields of the answer, each a number above zero."""
        found = self.answer(kind, seconds)
        numbers: dict[str, float] = {}
        for name in names:
            value = found.get(name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                self._abandoned = True
                raise WorkerFailed(f"it says {name} = {value!r}, expected a number above 0", fatal=True)
            numbers[name] = float(value)
        return numbers

    def _run(
        self, sandbox: Sandbox, job: dict[str, Any], text: str | None, mnist: Path, seconds: float
    ) -> None:
        lost = "it was not started"
        try:
            with scratch.folder() as folder:
                job |= {"commands": str(folder / "commands"), "mnist": str(mnist)}
                os.mkfifo(folder / "commands")
                # Both ends, so that opening it waits for nobody; the worker sees the end when it is closed.
                self._pipe = os.open(folder / "commands", os.O_RDWR)
                if text is not None:
                    job["program"] = str(folder / "program.py")
                    Path(job["program"]).write_text(text, encoding="utf-8")
                self._ready.set()
                outcome = sandbox.run(
                    COMMAND,
                    scratch=folder,
                    limits=Limits(wall_seconds=seconds, cpu_seconds=64 * seconds, memory_bytes=_MEMORY),
                    stdin=json.dumps(job).encode() + b"\n",
                    environment=environment(str(job["backend"]), str(job["device"])),
                    readable=readable(mnist),
                    on_record=self._heard,
                )
                lost = _ending(outcome)
        except _Abandoned:
            lost = "it was ended"
        except Exception as error:  # told in the thread that waits for answers
            lost = str(error)
        finally:
            self._ready.set()
            self._answers.put({"failed": lost, "fatal": True})

    def _heard(self, line: bytes) -> None:
        if self._abandoned:
            raise _Abandoned
        try:
            found = json.loads(line) if len(line) <= _LONGEST else None
        except ValueError:
            found = None
        self._answers.put(found if isinstance(found, dict) else {})


def environment(backend: str, device: str) -> dict[str, str]:
    """What a worker's environment adds to the sandbox's own."""
    return {
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MPLBACKEND": "Agg",
        **devices.environment(backend, device),
    }


def readable(mnist: Path) -> list[Path]:
    """What a worker has to see besides the interpreter."""
    return [Path(harness.__file__).parent, mnist]


def _ending(outcome: Outcome) -> str:
    """How a process that should have gone on has ended."""
    if outcome.killed is not None:
        return f"it was ended by the limit on {outcome.killed}"
    last = outcome.stderr.decode(errors="replace").strip().splitlines()[-1:]
    how = f"signal {outcome.signal}" if outcome.signal else f"exit status {outcome.exit_code}"
    return ": ".join([f"its process ended with {how}", *last])
