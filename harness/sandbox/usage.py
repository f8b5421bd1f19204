"""What a process tree and its scratch folder use, seen from outside through /proc.

Memory is first bounded from above by the sum of resident pages, which counts shared pages once for
each process; only where that bound exceeds the limit is the exact figure taken (proportional set
sizes, which the kernel has to walk page tables for).  Files in the tree's own /dev/shm and /tmp
are memory too.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from harness.sandbox.plan import SHARED_MEMORY, TEMPORARY

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
_RESCAN_SECONDS = 5.0
_ENDED = (b"Z", b"X")  # states of a process or thread that runs no more
DEEPEST = 100  # folders within folders in scratch


@dataclass(frozen=True)
class Process:
    parent: int
    started: int
    cpu_seconds: float
    resident: int  # bytes
    thread: int  # one that lives, through which /proc shows the memory


@dataclass(frozen=True)
class Usage:
    memory: int  # bytes, at most
    cpu_seconds: float
    processes: int


@dataclass
class Tree:
    """The processes that descend from ``root``, followed from sample to sample."""

    root: int
    members: dict[int, Process] = field(default_factory=dict)
    _strangers: set[int] = field(default_factory=set)
    _scanned: float = 0.0
    _cpu: dict[tuple[int, int], float] = field(default_factory=dict)  # also of those that have ended
    _written: dict[tuple[int, int], int] = field(default_factory=dict)
    _tmpfs: dict[str, int] = field(default_factory=dict)  # open folders of the tree's own tmpfs mounts

    def sample(self) -> Usage:
        self._follow()
        for pid, process in self.members.items():
            self._cpu[pid, process.started] = process.cpu_seconds
        return Usage(
            memory=sum(p.resident for p in self.members.values()) + self.tmpfs_bytes(),
            cpu_seconds=sum(self._cpu.values()),
            processes=len(self.members),
        )

    def exact_memory(self) -> int:
        """Bytes, shared pages counted once; resident size where a process cannot be looked into."""
        proportional = shared = 0
        for pid, process in self.members.items():
            sizes = _rollup(process.thread)
            if "Pss" in sizes:
                proportional += sizes["Pss"]
            else:
                # One that has ended since the sample, or is about to, has let go of what the sample saw.
                now = read_process(pid)
                proportional += now.resident if now is not None else 0
            shared += sizes.get("Pss_Shmem", 0)
        return proportional + max(0, self.tmpfs_bytes() - shared)

    def written_bytes(self) -> int:
        """Bytes that the tree has sent to storage, whether or not a name still leads to them."""
        for pid, process in self.members.items():
            with contextlib.suppress(OSError, ValueError):
                lines = Path(f"/proc/{pid}/io").read_text("ascii").splitlines()
                counts = dict(line.split(": ") for line in lines)
                own = int(counts["write_bytes"]) - int(counts["cancelled_write_bytes"])
                self._written[pid, process.started] = own
        return sum(self._written.values())

    def tmpfs_bytes(self) -> int:
        self._find_tmpfs()
        used = 0
        for descriptor in self._tmpfs.values():
            state = os.fstatvfs(descriptor)
            used += (state.f_blocks - state.f_bfree) * state.f_frsize
        return used

    def close(self) -> None:
        for descriptor in self._tmpfs.values():
            os.close(descriptor)
        self._tmpfs.clear()

    def _find_tmpfs(self) -> None:
        """Open the tree's /dev/shm and /tmp, once they differ from the host's."""
        for folder in {SHARED_MEMORY, TEMPORARY} - self._tmpfs.keys():
            for pid in self.members:
                with contextlib.suppress(OSError):
                    descriptor = os.open(
                        f"/proc/{pid}/root{folder}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
                    )
                    if os.fstat(descriptor).st_dev != Path(folder).stat().st_dev:
                        self._tmpfs[folder] = descriptor
                        break
                    os.close(descriptor)

    def _follow(self) -> None:
        present = set(_numbers("/proc"))
        now = time.monotonic()
        if now - self._scanned > _RESCAN_SECONDS:  # a number may have been given to another process
            self._strangers.clear()
            self._scanned = now
        members: dict[int, Process] = {}
        fresh: dict[int, Process] = {}
        for pid in present - self._strangers:
            process = read_process(pid)
            if process is None:
                continue
            known = self.members.get(pid)
            if (known and known.started == process.started) or (pid == self.root and not self._cpu):
                members[pid] = process
            else:
                fresh[pid] = process
        while found := {pid: p for pid, p in fresh.items() if p.parent in members}:
            members |= found
            fresh = {pid: p for pid, p in fresh.items() if pid not in found}
        self._strangers = (self._strangers & present) | fresh.keys()
        self.members = members


def read_process(pid: int) -> Process | None:
    """The process's line in /proc; None where it has ended, reaped or not."""
    values = _stat(f"/proc/{pid}/stat")
    if values is None:
        return None
    thread, resident = pid, int(values[21])
    if values[0] in _ENDED:
        # Its first thread has ended; others may go on, and only they show the memory.
        living = _living_thread(pid)
        if living is None:
            return None
        thread, resident = living
    cpu = (int(values[11]) + int(values[12])) / _TICK
    return Process(int(values[1]), int(values[19]), cpu, resident * _PAGE, thread)


def _living_thread(pid: int) -> tuple[int, int] | None:
    """A thread of the process that has not ended, and the process's resident pages."""
    with contextlib.suppress(OSError):
        for thread in _numbers(f"/proc/{pid}/task"):
            values = _stat(f"/proc/{pid}/task/{thread}/stat")
            if values is not None and values[0] not in _ENDED:
                return thread, int(values[21])
    return None


def _stat(path: str) -> list[bytes] | None:
    """What the file says after the command's name; None where the process or thread is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # read too often for a Path
    except (FileNotFoundError, ProcessLookupError):  # it may end while its entry is being opened
        return None
    try:
        text = os.read(descriptor, 4096)
    except ProcessLookupError:
        return None
    finally:
        os.close(descriptor)
    # The command's name may hold spaces and parentheses; the numbers start after the last one.
    return text[text.rindex(b")") + 2 :].split()


def folder_usage(folder: Path) -> tuple[int, int, int]:
    """(bytes on disk, entries, deepest nesting) of ``folder``; links are counted, not followed.

    Folders nested deeper than ``DEEPEST`` are not entered.
    """
    used = entries = deepest = 0
    waiting = [(os.fsencode(folder), 1)]
    while waiting:
        path, depth = waiting.pop()
        deepest = max(deepest, depth)
        with contextlib.suppress(OSError), os.scandir(path) as listing:
            for entry in listing:
                entries += 1
                with contextlib.suppress(OSError):
                    used += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False) and depth <= DEEPEST:
                        waiting.append((entry.path, depth + 1))
    return used, entries, deepest


def tasks_of_user(uid: int) -> int:
    """Threads that the user runs on this machine: the kernel counts them against a process limit."""
    count = 0
    for pid in _numbers("/proc"):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}").stat().st_uid == uid:
                count += len(_numbers(f"/proc/{pid}/task"))
    return count


def _numbers(folder: str) -> list[int]:
    with os.scandir(folder) as listing:
        return [int(entry.name) for entry in listing if entry.name.isdigit()]


def _rollup(pid: int) -> dict[str, int]:
    sizes: dict[str, int] = {}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]:
            name, _, rest = line.partition(":")
            sizes[name] = int(rest.split()[0]) * 1024
    return sizes


def anonymous_memory(pid: int) -> int:
    """Bytes of a process that no file backs; 0 where it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("ascii", errors="replace").splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0
