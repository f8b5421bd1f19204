"""Decides when a confined process tree has used more than it may."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from harness.model import Killed, Limits
from harness.sandbox.usage import DEEPEST, Tree, Usage, folder_usage

# Looking costs the harness time that the tutorial could use: each kind of look may take this share.
_SHARE = 0.01
_SHORTEST, _LONGEST = 0.025, 0.1  # seconds between looks at the processes
_DISK_SHORTEST, _DISK_LONGEST = 0.25, 2.0
_EXACT_LONGEST = 0.5
# A file without a name still takes room: bound what is written in all.
_REWRITES = 4
_OWN_PROCESSES = 3  # the backend's program and the launcher


@dataclass
class Watchdog:
    limits: Limits
    tree: Tree
    scratch: Path
    peak_memory: int = 0  # bytes
    _begun: float = field(default_factory=time.monotonic)
    _next: float = 0.0
    _next_disk: float = 0.0
    _next_exact: float = 0.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun

    def pause(self) -> float:
        """Seconds until there is something to look at."""
        now = time.monotonic()
        return max(0.0, min(self._next, self._begun + self.limits.wall_seconds) - now)

    def check(self) -> Killed | None:
        """The limit that is exceeded, if one is; cheap to call often."""
        if self.seconds > self.limits.wall_seconds:
            return Killed.WALL
        begun = time.monotonic()
        if begun < self._next:
            return None
        found = self._processes()
        self._next = _later(begun, _SHORTEST, _LONGEST)
        if found is None and begun >= self._next_disk:
            disk_begun = time.monotonic()
            found = self._disk()
            self._next_disk = _later(disk_begun, _DISK_SHORTEST, _DISK_LONGEST)
        return found

    def _processes(self) -> Killed | None:
        usage = self.tree.sample()
        memory = self._memory(usage)
        self.peak_memory = max(self.peak_memory, memory)
        if memory > self.limits.memory_bytes:
            return Killed.MEMORY
        if usage.cpu_seconds > self.limits.cpu_seconds:
            return Killed.CPU
        if usage.processes > self.limits.processes + _OWN_PROCESSES:
            return Killed.PROCESSES
        return None

    def _memory(self, usage: Usage) -> int:
        """Bytes; exact where several processes may share them and the figure matters, 0 if not known now."""
        matters = usage.memory > min(self.peak_memory, self.limits.memory_bytes)
        if not matters or (usage.processes <= _OWN_PROCESSES and usage.memory <= self.limits.memory_bytes):
            return usage.memory
        begun = time.monotonic()
        if begun < self._next_exact:
            return 0
        memory = self.tree.exact_memory()
        over = usage.memory > self.limits.memory_bytes
        self._next_exact = _later(begun, _SHORTEST, _LONGEST if over else _EXACT_LONGEST)
        return min(memory, usage.memory)

    def _disk(self) -> Killed | None:
        used, entries, depth = folder_usage(self.scratch)
        if used > self.limits.disk_bytes or entries > self.limits.files or depth > DEEPEST:
            return Killed.DISK
        if self.tree.written_bytes() > _REWRITES * self.limits.disk_bytes:
            return Killed.DISK
        return None


def _later(begun: float, shortest: float, longest: float) -> float:
    now = time.monotonic()
    return now + min(max((now - begun) / _SHARE, shortest), longest)
