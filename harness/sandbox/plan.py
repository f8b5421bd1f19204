"""What a caller asks of a sandbox, and how a backend answers: plain values."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.model import Confinement, Limits
from harness.sandbox.identity import Identity

STAGE2 = Path(__file__).with_name("stage2")
SHARED_MEMORY = "/dev/shm"
TEMPORARY = "/tmp"


@dataclass(frozen=True)
class Request:
    """One run, as the caller wants it; all paths are absolute and resolved."""

    command: tuple[str, ...]
    scratch: Path
    limits: Limits
    environment: Mapping[str, str]
    readable: tuple[Path, ...]
    identity: Identity | None  # None: the process keeps the user of the harness


@dataclass(frozen=True)
class Plan:
    """How a backend starts a run."""

    stage2: str  # the folder that holds the stage-2 package, as the launcher sees it
    prefix: tuple[str, ...] = ()  # the command line that comes before the interpreter
    descriptors: tuple[int, ...] = ()  # further descriptors that the prefix needs
    settings: Mapping[str, Any] = field(default_factory=dict)  # for stage 2, over ``settings()``
    drop_first: bool = False  # change to the identity before the prefix is started
    environment: Mapping[str, str] = field(default_factory=dict)  # over ``environment()``


@dataclass(frozen=True)
class Backend:
    """A way to confine: what its file in ``harness/sandbox/backend/`` defines as ``BACKEND``."""

    name: str
    strength: int  # the strongest that works is chosen; 0: never chosen, only asked for
    install: str  # what a user can do where it does not work
    open: Callable[[], Opened]


@dataclass(frozen=True)
class Opened:
    """A backend that is there: how it confines on this machine and how it plans a run."""

    confinement: Confinement
    plan: Callable[[Request, ExitStack], Plan]
    # Around a process that forks runs into rooms; its request's scratch is the folder where theirs lie.
    wall: Callable[[Request, ExitStack], Plan] | None = None


def environment(request: Request) -> dict[str, str]:
    """The whole environment of the command, built from nothing."""
    folders = [str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]
    return {
        "PATH": ":".join(dict.fromkeys(folders)),
        "HOME": str(request.scratch),
        "TMPDIR": TEMPORARY,
        "USER": "errata",
        "LOGNAME": "errata",
        "LANG": "C.UTF-8",
        **request.environment,
    }


def rlimits(limits: Limits, *, tasks_elsewhere: int = 0) -> dict[str, int]:
    """Per-process limits of the kernel, by name; the supervisor bounds the whole tree.

    The kernel counts threads as processes, and frameworks start a few threads for each processor.
    ``tasks_elsewhere`` are those that the same user has outside the sandbox.
    """
    threads = 16 * (os.cpu_count() or 1)
    return {
        "RLIMIT_CPU": math.ceil(limits.cpu_seconds) + 1,
        "RLIMIT_DATA": limits.memory_bytes,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NPROC": limits.processes + threads + tasks_elsewhere,
        "RLIMIT_NOFILE": 1024,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 8 * 2**20,
        "RLIMIT_MSGQUEUE": 0,
    }


def tmpfs_size(limits: Limits) -> int:
    """Bytes of /tmp and of /dev/shm, each: they are memory, and bounded like it."""
    return limits.memory_bytes // 4


def settings(request: Request) -> dict[str, Any]:
    """The stage-2 configuration of a run that nothing confines."""
    return {
        "command": list(request.command),
        "directory": str(request.scratch),
        "limits": rlimits(request.limits),
        "uid": request.identity.uid if request.identity else None,
        "gid": request.identity.gid if request.identity else None,
        "drop": None,
        "proc": False,
        "confined": True,
        "view": None,
        "landlock": None,
        "seccomp": None,
    }
