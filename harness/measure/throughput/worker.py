"""One variant of one program in a process of its own, timed on command.

Started as ``python -m harness.measure.throughput.worker`` with a job, one JSON line, on standard input;
or, where ``ERRATA_ROOMS`` is set, to import TensorFlow and Keras and to be forked for each such job.
Commands come as JSON lines through the named pipe ``job["commands"]``: ``{"begin": X}`` starts training
with batch size X (of a limit: measuring it), ``{"steps": n, "settle": k}`` times steps, and
``{"end": true}`` ends this batch size.  The end of the pipe ends the process.  Answers are JSON lines on
the record channel: claims of a process in which a program runs, whose form the conductor checks.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import IO, Any

from harness import rooms
from harness.knowledge.optional import import_keras
from harness.measure.throughput import device as devices
from harness.measure.throughput.gate import Begun, Enough, Gate, Measure, Timed

Tell = Callable[[Mapping[str, Any]], None]
Details = dict[str, Any]
_HEARTBEAT = 1.0  # seconds; only while nothing is timed
_LONGEST_REASON = 500  # characters


def serve(job: Mapping[str, Any], commands: Iterator[Mapping[str, Any]], tell: Tell) -> None:
    """Answer commands until they end."""
    import_keras(job["backend"])
    try:
        device = devices.choose(job["backend"], job["device"])
    except devices.DeviceError as error:
        tell({"failed": str(error), "fatal": True})
        return
    start = _subject(job, device)
    tell({"ready": {"device": device.name, "threads": devices.threads()}})
    for command in commands:
        if "begin" in command:
            details: Details = {}
            try:
                with _Alive(tell) as quiet:
                    _train(start, command["begin"], commands, tell, quiet, device, job, details)
            except Exception as error:  # whatever a program raises is a row of the report
                tell({"failed": f"{type(error).__name__}: {error}"[:_LONGEST_REASON]})
            else:
                tell({"ended": {**details, "peak_memory": device.peak_memory()}})
            gc.collect()


def _train(
    start: Callable[[Any, Gate, Details], None],
    what: Any,
    commands: Iterator[Mapping[str, Any]],
    tell: Tell,
    quiet: Callable[[], None],
    device: devices.Device,
    job: Mapping[str, Any],
    details: Details,
) -> None:
    def measures() -> Iterator[Measure]:
        quiet()
        for command in commands:
            if "steps" not in command:
                return
            yield Measure(int(command["steps"]), int(command["settle"]))

    def told(what: Begun | Timed) -> None:
        tell({type(what).__name__.lower(): asdict(what)})

    gate = Gate(measures(), told, device.synchronise, warm_seconds=float(job["warm_seconds"]))
    try:
        start(what, gate, details)
    except Enough:
        return
    raise RuntimeError("its training ended by itself, expected it to go on")


def _subject(job: Mapping[str, Any], device: devices.Device) -> Callable[[Any, Gate, Details], None]:
    """What this job is about, as a function of a command's argument.  Imports the backend."""
    if job["variant"] == "limits":
        from harness.measure.throughput.limits import run_limit

        return lambda kind, gate, details: run_limit(kind, job["backend"], device.kind, gate)
    from harness.measure.throughput import subjects
    from harness.measure.throughput.counting import step_cost
    from harness.measure.throughput.players import read_players
    from harness.measure.throughput.ways import way_of

    subject: subjects.Subject = subjects.corrected
    if job["variant"] == "article_way":
        subject = subjects.article_way(way_of(job["way"], "bench.toml"))
    elif job["variant"] == "reference":
        subject = subjects.reference(bool(job["compilers"]))

    def train(batch: int, gate: Gate, details: Details) -> None:
        # Fresh players for each batch size: what was compiled for another shape must not be taken over.
        players = read_players(Path(job["program"]), Path(job["mnist"]), int(job["seed"]))
        details["cost"] = asdict(step_cost(players.generator, players.discriminator, batch))
        gate.begin()
        subject(players, batch, gate, details)

    return train


class _Alive:
    """Tells that the process is alive while it compiles, until it is asked to be quiet.

    The conductor can end a process whenever it says something.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._quiet = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Callable[[], None]:
        self._thread.start()
        return self._stop

    def __exit__(self, *exception: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self._quiet.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._quiet.wait(_HEARTBEAT):
            self._tell({"alive": True})


def _lines(commands: IO[str]) -> Iterator[Mapping[str, Any]]:
    for line in commands:
        yield json.loads(line)


def _send(lock: Any, records: IO[str], answer: Mapping[str, Any]) -> None:
    with lock:
        records.write(json.dumps(answer) + "\n")
        records.flush()


def main() -> int:
    """Read the job and serve it."""
    if rooms.SERVE in os.environ:
        import_keras("tensorflow")
        rooms.check_idle()
        rooms.serve(os.environ.pop(rooms.SERVE))
    job = json.loads(sys.stdin.readline())
    with (
        os.fdopen(int(os.environ["ERRATA_RECORDS"]), "w", encoding="utf-8") as records,
        Path(job["commands"]).open(encoding="utf-8") as commands,
    ):
        serve(job, _lines(commands), partial(_send, threading.Lock(), records))
    return 0


if __name__ == "__main__":
    status = main()
    # All has been told: to take a framework down takes it seconds.
    os._exit(status)
