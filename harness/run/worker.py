"""The confined process in which an article's code runs: the only place that executes it.

Started as ``python -P -s -m harness.run.worker`` in the scratch folder, with a job (JSON) on standard
input and the record channel's descriptor in ``ERRATA_RECORDS``.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import random
import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from harness import rooms
from harness.model import Ended, Event, LoopLeft, Noticed, SmallerBatch, Started, StoodIn
from harness.run import channel, datasets, ignored, legacy, preload, repairs, summaries, watch
from harness.run.codec import encode
from harness.run.displays import Displays
from harness.run.execution import Execution, TimeUp
from harness.run.hooks import WorkerHooks
from harness.run.importing import AfterImport
from harness.run.loops import Loops
from harness.run.pristine import unwanted
from harness.run.program import Program

_PACKAGES = ("tensorflow", "keras", "numpy", "jax", "torch")
# Shares of the wall-clock limit: after the first the statement now running is left, the probes
# may use up to the second, and one training loop up to the third.
_STATEMENTS_SHARE = 0.7
_PROBES_SHARE = 0.15
_LOOP_SHARE = 0.35


def main() -> None:
    """Run the job on standard input; in a warm process, one in each fork of it."""
    started = time.monotonic()
    repairs.load()
    importlib.import_module("numpy")
    preloaded = None
    if rooms.SERVE in os.environ:
        preloaded = preload.serve(os.environ.pop(rooms.SERVE))
        started = time.monotonic()
    job = json.loads(sys.stdin.buffer.readline())
    record = channel.writer(int(os.environ.pop("ERRATA_RECORDS")), bytes.fromhex(job["key"]))
    Worker(job, record, started, preloaded).run()


class Worker:
    """One run: namespace, observers, clock."""

    def __init__(
        self,
        job: dict[str, Any],
        record: Callable[[dict[str, Any]], None],
        started: float,
        preloaded: preload.Preloaded | None,
    ) -> None:
        self._job = job
        self._preloaded = preloaded
        self._record = record
        self._started = started
        self._seq = 0
        self._executing = False
        self._busy_from = 0.0
        self._watcher: watch.Watcher | None = None
        self._filename = str(Path(job["file"]).resolve())
        self._module = ModuleType("__main__")
        told = partial(self.emit, LoopLeft), partial(self.emit, SmallerBatch)
        self._loops = Loops(job["updates"], job["seconds"] * _LOOP_SHARE, *told)
        self._hooks = WorkerHooks(
            self._filename, self.emit, self._loops, vars(self._module), job["rows"], self._time_left
        )

    def run(self) -> None:
        text = Path(self._filename).read_text(encoding="utf-8")
        program = Program(text, self._filename)
        execution = Execution(program, vars(self._module), self.emit, self._loops, self._execute)
        self._hooks.aside = execution.aside
        self._prepare(unwanted(text, self._job["backend"]))
        versions = _versions(self._job["keras"])
        self.emit(Started, line=None, python=platform.python_version(), versions=versions)
        execution.run()
        self._stop_clock()
        if self._watcher is not None:
            self._watcher.finish(self._job["seconds"] * _PROBES_SHARE)
        self.emit(
            Ended,
            line=None,
            statements=len(program),
            executed=execution.executed,
            updates=self._loops.updates,
        )
        sys.stdout.flush()
        sys.stderr.flush()
        # Threads and exit handlers of the article have no say in how its run ends.
        os._exit(0)

    def emit(self, kind: type[Event], /, **fields: Any) -> int:
        """Record an event; ``line`` is the article line now executing unless it is given."""
        if "line" not in fields:
            fields["line"] = self._hooks.line()
        seq = self._seq
        self._seq += 1
        self._record(encode(kind(seq=seq, **fields)))
        return seq

    # --- the article's surroundings -----------------------------------------------------------------

    def _prepare(self, without: Sequence[str]) -> None:
        self._module.__dict__.update(__file__=self._filename, __builtins__=__builtins__)
        sys.modules["__main__"] = self._module
        sys.path.insert(0, str(Path(self._filename).parent))
        sys.argv = [self._filename]
        random.seed(self._job["seed"])
        self._numpy(importlib.import_module("numpy"))
        sys.meta_path.insert(0, AfterImport("keras", self._keras, without))
        # Programs may ask for Keras 2 by name, too.
        sys.meta_path.insert(0, AfterImport(legacy.PACKAGE, self._keras, without))
        if self._job["keras"] == 2:
            self._prepare_legacy()
        # Keras or not, TensorFlow looks for them as well.
        sys.meta_path.insert(0, AfterImport("tensorflow", lambda module: None, without))
        houses = partial(datasets.answer_sklearn, emit=self.emit)
        sys.meta_path.insert(0, AfterImport(datasets.HOUSES, houses))
        summaries.stand_in()
        sys.meta_path.insert(0, Displays(self._filename, self._stood_in))
        if self._preloaded is not None:
            self._preloaded.offer(self._keras)
        self._loops.install()
        self._watch_warnings()
        # Nothing of ours stays where an article's import could find and patch it.
        for name in [name for name in sys.modules if name.partition(".")[0] == "harness"]:
            del sys.modules[name]
        self._busy_from = time.thread_time()
        signal.signal(signal.SIGALRM, self._time_up)
        signal.setitimer(signal.ITIMER_REAL, max(1.0, self._time_left()))

    def _stood_in(self, package: str) -> None:
        self.emit(StoodIn, package=package)

    def _time_left(self) -> float:
        """Seconds for which the statements may certainly go on, by the wall clock and by this thread's."""
        wall: float = self._job["seconds"] * _STATEMENTS_SHARE - (time.monotonic() - self._started)
        busy: float = self._job["busy_seconds"] * _STATEMENTS_SHARE - (time.thread_time() - self._busy_from)
        return min(wall, busy)

    def _prepare_legacy(self) -> None:
        sys.meta_path.insert(0, legacy.Legacy())
        for name in ("tensorflow.keras", f"{legacy.PACKAGE}.api._v2.keras"):
            sys.meta_path.insert(0, AfterImport(name, legacy.tell_version))

    def _execute(self, code: CodeType) -> None:
        self._executing = True
        try:
            exec(code, vars(self._module))
        finally:
            self._executing = False

    def _time_up(self, number: int, frame: FrameType | None) -> None:
        # Once time is up, whatever comes next gets a second: later statements are at least attempted.
        left = self._time_left()
        signal.setitimer(signal.ITIMER_REAL, max(1.0, left))
        if left <= 0 and self._executing:  # what the worker itself does in between is short
            raise TimeUp

    def _stop_clock(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _watch_warnings(self) -> None:
        shown: set[tuple[str, str, int | None]] = set()
        emit, line = self.emit, self._hooks.line

        def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
            key = (category.__name__, str(message)[:500], line())
            if key not in shown and len(shown) < 500:
                shown.add(key)
                emit(Noticed, category=key[0], message=key[1])

        warnings.showwarning = show
        warnings.simplefilter("always")

    # --- frameworks -----------------------------------------------------------------------------------

    def _numpy(self, numpy: ModuleType) -> None:
        seed = self._job["seed"]
        numpy.random.seed(seed)
        default_rng = numpy.random.default_rng

        def seeded(given: Any = None) -> Any:
            """As NumPy's own, but an unseeded generator repeats itself from review to review."""
            return default_rng(seed if given is None else given)

        numpy.random.default_rng = seeded

    def _keras(self, keras: ModuleType) -> None:
        if self._watcher is not None:
            return  # a program may import Keras 2 beside Keras 3; the first one is watched
        keras.utils.set_random_seed(self._job["seed"])
        self._watcher = watch.install(self._hooks)
        if self._job["mnist"]:
            datasets.answer(
                Path(self._job["mnist"]),
                self._job["repeated_from"],
                self.emit,
                self._watcher.register_data_set,
                keras.__name__,
            )
        ignored.refuse(keras)


def _versions(keras: int) -> dict[str, str]:
    """The installed packages' versions; "keras" is the Keras that the run has."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    if keras == 2:
        found["keras"] = version(legacy.PACKAGE)
    return found


if __name__ == "__main__":
    main()
