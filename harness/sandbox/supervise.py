"""Start a planned run, watch it, and leave nothing of it alive."""

from __future__ import annotations

import contextlib
import marshal
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Protocol

from harness.model import Killed, Outcome
from harness.sandbox.errors import SandboxFailed
from harness.sandbox.plan import STAGE2, Plan, Request, environment, settings
from harness.sandbox.streams import Streams
from harness.sandbox.usage import Tree, read_process
from harness.sandbox.watchdog import Watchdog

_END_SECONDS = 5.0
_DRAIN_SECONDS = 1.0
_RECORDS_NUMBER = "3"  # where stage 2 puts the record channel


def supervise(request: Request, plan: Plan, streams: Streams, *, records: bool) -> Outcome:
    """Run to the end or to a limit; raises SandboxFailed where the run could not be started."""
    with ExitStack() as stack:
        stack.callback(streams.close)
        ends = _Ends(stack, records=records)
        config = memory_file(stack, _config(request, plan, ends))
        process = start(request, plan, config, ends.theirs)
        tree = Tree(process.pid)
        stack.callback(tree.close)
        with ended_at_last(process, tree, ends.leash):
            ends.keep_own()
            streams.connect(
                stdin=_detach(process.stdin),
                stdout=_own(stack, process.stdout),
                stderr=_own(stack, process.stderr),
                status=ends.status[0],
                records=ends.records[0] if ends.records else None,
            )
            watchdog = Watchdog(request.limits, tree, request.scratch)
            killed = watch(process, streams, watchdog)
        return outcome(streams, watchdog, killed)


class Ending(Protocol):
    """A process that is waited for, as ``subprocess.Popen`` does it."""

    pid: int

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...


class _Ends:
    """The pipes besides the standard three: leash, status and, where wanted, records."""

    def __init__(self, stack: ExitStack, *, records: bool) -> None:
        self._inherited = ExitStack()
        stack.push(self._inherited)
        leash_read, self.leash = os.pipe()
        self.status = os.pipe()
        self.records = os.pipe() if records else None
        self.theirs = [leash_read, self.status[1], *(self.records[1:] if self.records else ())]
        for descriptor in self.theirs:
            self._inherited.callback(os.close, descriptor)
        for descriptor in (self.status[0], *(self.records[:1] if self.records else ())):
            stack.callback(os.close, descriptor)

    def keep_own(self) -> None:
        """Close the ends that the process has inherited, so that its end is seen."""
        self._inherited.close()


def _config(request: Request, plan: Plan, ends: _Ends) -> dict[str, Any]:
    own = {**environment(request), **plan.environment}
    if ends.records:
        own["ERRATA_RECORDS"] = _RECORDS_NUMBER
    return {
        **settings(request),
        **plan.settings,
        "environment": own,
        "leash": ends.theirs[0],
        "status": ends.status[1],
        "records": ends.records[1] if ends.records else None,
    }


def start(
    request: Request,
    plan: Plan,
    config: int,
    inherited: Sequence[int],
    streams: tuple[int, int, int] = (subprocess.PIPE, subprocess.PIPE, subprocess.PIPE),
) -> subprocess.Popen[bytes]:
    """The launcher, behind the plan's walls, with its settings and what they refer to inherited."""
    find = f"import sys; sys.path.insert(0, {plan.stage2!r})"
    launch = f"{find}; from {STAGE2.name}.launch import main; main({config})"
    identity = request.identity if plan.drop_first else None
    return subprocess.Popen(
        [*plan.prefix, sys.executable, "-I", "-S", "-B", "-c", launch],
        stdin=streams[0],
        stdout=streams[1],
        stderr=streams[2],
        bufsize=0,
        # bubblewrap's own environment can be read from inside, as that of process 1.
        env={"PATH": environment(request)["PATH"], "LANG": "C.UTF-8"},
        cwd="/",
        pass_fds=(*inherited, config, *plan.descriptors),
        start_new_session=True,
        user=identity.uid if identity else None,
        group=identity.gid if identity else None,
        extra_groups=[] if identity else None,
    )


def watch(process: Ending, streams: Streams, watchdog: Watchdog) -> Killed | None:
    """Until the process has ended (None) or a limit is exceeded."""
    while process.poll() is None:
        streams.pump(watchdog.pause())
        exceeded = streams.exceeded or watchdog.check()
        if exceeded:
            return exceeded
    return None


@contextmanager
def ended_at_last(process: Ending, tree: Tree, leash: int) -> Iterator[None]:
    """Whatever happens inside, nothing of the tree is alive afterwards."""
    try:
        yield
    finally:
        os.close(leash)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
        tree.sample()
        while any(read_process(pid) for pid in tree.members if pid != process.pid) or process.poll() is None:
            for pid in tree.members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.001)
            tree.sample()


def _drain(streams: Streams, *, limit_reached: bool) -> None:
    """Read what was written before the end; all writers are gone, so the pipes end soon."""
    deadline = time.monotonic() + _DRAIN_SECONDS
    while streams.reading and time.monotonic() < deadline:
        streams.pump(0.01)
        if streams.exceeded and not limit_reached:
            return


def outcome(streams: Streams, watchdog: Watchdog, limit: Killed | None) -> Outcome:
    """What a run that has ended came to; ``limit`` is the one that ended it."""
    _drain(streams, limit_reached=limit is not None)
    killed = limit or streams.exceeded
    said = streams.status
    if "failed" in said:
        raise SandboxFailed(f"the sandbox could not start the program: {said['failed']}")
    if "started" not in said and killed is None:
        words = bytes(streams.stderr).decode(errors="replace").strip() or "it ended without a word"
        raise SandboxFailed(f"the sandbox did not start: {words}")
    seen = Outcome(
        exit_code=int(said["exit"]) if "exit" in said else None,
        signal=int(said["signal"]) if "signal" in said else None,
        killed=killed,
        stdout=bytes(streams.stdout),
        stderr=bytes(streams.stderr),
        truncated=streams.exceeded is Killed.OUTPUT,
        seconds=watchdog.seconds,
        peak_memory=watchdog.peak_memory,
    )
    if killed:
        return replace(seen, exit_code=None, signal=signal.SIGKILL)
    if seen.signal == signal.SIGXCPU:
        return replace(seen, killed=Killed.CPU)
    if seen.exit_code is None and seen.signal is None:  # the launcher itself was killed
        return replace(seen, signal=signal.SIGKILL)
    return seen


def memory_file(stack: ExitStack, config: dict[str, Any]) -> int:
    """A descriptor from which the launcher reads its settings."""
    descriptor = os.memfd_create("errata")
    stack.callback(os.close, descriptor)
    os.write(descriptor, marshal.dumps(config))
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _detach(stream: Any) -> int:
    """The stream's descriptor, no longer closed by the stream."""
    descriptor = os.dup(stream.fileno())
    stream.close()
    return descriptor


def _own(stack: ExitStack, stream: Any) -> int:
    stack.callback(stream.close)
    return int(stream.fileno())
