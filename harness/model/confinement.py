"""What a run may use, how it is confined, and what its parent saw of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Limits:
    """What a confined process tree may use; every field is a hard bound."""

    wall_seconds: float = 240.0
    cpu_seconds: float = 480.0
    memory_bytes: int = 4 * 2**30
    processes: int = 256
    disk_bytes: int = 512 * 2**20  # all that lies in scratch
    file_bytes: int = 512 * 2**20  # one file
    files: int = 20_000  # entries in scratch
    output_bytes: int = 4 * 2**20  # stdout and stderr together
    record_bytes: int = 32 * 2**20  # the record channel


@dataclass(frozen=True)
class Budget:
    """Limits of a run, and how much training of it is watched.

    ``updates`` bounds the training updates of each outermost training loop (or of each training
    call outside any loop); the loop is left cleanly afterwards.  ``busy_seconds`` bounds the processor
    time of the program's own thread, so that an endless loop ends soon on an idle machine, while
    on a busy one slow work still has the whole wall time of ``limits``.
    """

    limits: Limits = field(default_factory=Limits)
    updates: int = 30
    busy_seconds: float = 90.0
    seed: int = 20211


@dataclass(frozen=True)
class Confinement:
    """How a run was confined; each flag says that the protection was really in force."""

    backend: str  # "bubblewrap", "landlock" or "none"
    network: bool  # True: no network of any kind can be reached
    filesystem: bool  # True: nothing outside scratch can be written, no home can be read
    processes: bool  # True: own pid namespace, nothing survives
    system_calls: bool  # True: seccomp filter
    privileges: bool  # True: not root for the kernel, no new privileges
    limits: bool  # True: time, memory, processes, disk and output are bounded
    detail: str = ""


class Killed(StrEnum):
    """Why the parent ended a confined process tree."""

    WALL = "wall-time"
    CPU = "cpu-time"
    MEMORY = "memory"
    PROCESSES = "processes"
    DISK = "disk"
    OUTPUT = "output"
    RECORDS = "records"
    INTERRUPT = "interrupt"


@dataclass(frozen=True)
class Outcome:
    """What the parent itself saw of a confined process: facts, not claims."""

    exit_code: int | None
    signal: int | None
    killed: Killed | None
    stdout: bytes  # capped
    stderr: bytes  # capped
    truncated: bool
    seconds: float
    peak_memory: int  # bytes, of the whole tree


class Sandbox(Protocol):
    """A way to start untrusted code; one file per backend in ``harness/sandbox/``."""

    @property
    def name(self) -> str: ...

    @property
    def confinement(self) -> Confinement: ...

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
        """Run ``command`` in ``scratch`` (the only writable folder, also its working directory).

        The process gets ``stdin``, two captured output streams and, where ``on_record`` is given,
        a record channel: a pipe whose descriptor number is in the environment variable
        ``ERRATA_RECORDS``.  ``on_record`` is called with each complete line as it arrives (without
        its newline), ``on_output`` with ("stdout" | "stderr", chunk).  Nothing of the tree is
        alive when this returns.
        """
        ...
