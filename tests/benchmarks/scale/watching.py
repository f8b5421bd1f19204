"""One command, timed, with what it held meanwhile and what it has left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_low

_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Sample:
    seconds: float
    memory: int  # bytes of the whole tree, shared pages divided among those that share them
    descriptors: int  # of the command itself and its direct children
    processes: int


@dataclass
class Measured:
    """What a command took."""

    status: int | None  # None: it was ended at the limit
    seconds: float
    cpu_seconds: float
    load: float  # of the machine when it began
    output: bytes
    complaints: bytes  # on standard error
    samples: list[Sample] = field(default_factory=list)
    left_processes: int = 0
    left_files: int = 0

    @property
    def memory(self) -> int:
        return max((one.memory for one in self.samples), default=0)

    def descriptors(self) -> tuple[int, int]:
        """The median of the first and of the second half: reviews that begin and end swing by a few."""
        half = len(self.samples) // 2
        return _median(self.samples[:half]), _median(self.samples[half:])


def _median(samples: Sequence[Sample]) -> int:
    return median_low([one.descriptors for one in samples] or [0])


def run(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    *,
    limit: float = 7200.0,
    looks: bool = False,
) -> Measured:
    """Run to the end; with ``looks`` what it holds is looked at, which takes a little of the time."""
    scratch = Path(tempfile.mkdtemp(prefix="scale-"))
    scratch.chmod(0o711)
    load, begun = os.getloadavg()[0], time.monotonic()
    seen: dict[int, str] = {}
    samples = []
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **environment, "TMPDIR": str(scratch)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=complaints,
            start_new_session=True,
        )
        status: int | None = None
        usage = None
        while usage is None:
            pid, raw, found = os.wait4(process.pid, os.WNOHANG)
            if pid:
                status, usage = os.waitstatus_to_exitcode(raw), found
                break
            if time.monotonic() - begun > limit:
                process.kill()
                _, _, usage = os.wait4(process.pid, 0)
                break
            if looks:
                tree = below(process.pid)
                seen.update(tree)
                samples.append(_sample(process.pid, tree, time.monotonic() - begun))
            time.sleep(_LOOK_SECONDS if looks else 0.002)
        seconds = time.monotonic() - begun
        process.returncode = status if status is not None else -9  # we have waited for it
        output.seek(0)
        complaints.seek(0)
        said = output.read(), complaints.read()
    alive = processes()
    measured = Measured(status, seconds, usage.ru_utime + usage.ru_stime, load, *said, samples)
    measured.left_processes = sum(pid in alive and alive[pid][1] == born for pid, born in seen.items())
    measured.left_files = sum(1 for _ in scratch.iterdir())
    shutil.rmtree(scratch, ignore_errors=True)
    return measured


def processes() -> dict[int, tuple[int, str]]:
    """Process -> its parent and its start time, of all that are alive."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z":
            found[int(folder.name)] = (int(fields[1]), fields[19])
    return found


def below(root: int) -> dict[int, str]:
    """A process and all its descendants, with their start times."""
    alive = processes()
    tree = {root: alive[root][1]} if root in alive else {}
    grown = bool(tree)
    while grown:
        new = {pid: born for pid, (parent, born) in alive.items() if parent in tree and pid not in tree}
        tree |= new
        grown = bool(new)
    return tree


def _sample(root: int, tree: Mapping[int, str], seconds: float) -> Sample:
    alive = processes()
    near = [pid for pid in tree if pid == root or alive.get(pid, (0, ""))[0] == root]
    return Sample(seconds, sum(map(_memory, tree)), sum(map(_descriptors, near)), len(tree))


def _memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _descriptors(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - counted, not used
    except OSError:
        return 0
