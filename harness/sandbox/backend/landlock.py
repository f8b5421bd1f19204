"""Confinement by the kernel's Landlock and a system call filter: needs no installed program.

The process keeps the host's process and network namespaces; it can open no socket, write nowhere
but in scratch, and signal nobody outside.  Where the kernel allows a private mount namespace, /tmp
and /dev/shm are the run's own; elsewhere scratch serves as /tmp and there is no shared memory.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness.model import Confinement
from harness.sandbox import interpreter, seccomp
from harness.sandbox.errors import SandboxUnavailable
from harness.sandbox.plan import (
    SHARED_MEMORY,
    STAGE2,
    TEMPORARY,
    Backend,
    Opened,
    Plan,
    Request,
    rlimits,
    tmpfs_size,
)
from harness.sandbox.stage2 import landlock
from harness.sandbox.usage import tasks_of_user

_OLDEST = 3  # before it, files that may not be written could still be truncated
_SCOPES_SIGNALS = 6
_PROC = (
    "cpuinfo",
    "meminfo",
    "stat",
    "version",
    "uptime",
    "filesystems",
    "self",
    "sys/vm",
    "sys/kernel/osrelease",
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
_PROBE_SECONDS = 10.0


def _open() -> Opened:
    try:
        abi = landlock.abi()
    except OSError as error:
        raise SandboxUnavailable(f"the kernel offers no Landlock ({error.strerror})") from error
    if abi < _OLDEST:
        raise SandboxUnavailable(f"the kernel's Landlock has ABI {abi}, and ABI {_OLDEST} is needed")
    try:
        seccomp.program(seccomp.Profile())
    except seccomp.UnknownMachine as error:
        raise SandboxUnavailable(str(error)) from error
    private = _may_separate()

    def plan(request: Request, stack: ExitStack) -> Plan:
        del stack  # nothing to keep open
        own_user = request.identity is not None
        # Landlock itself does not keep a user from changing the metadata of his own files.
        pretend = not (own_user or private)
        profile = seccomp.Profile(pretend_metadata=pretend, signals=own_user or abi >= _SCOPES_SIGNALS)
        elsewhere = 0 if own_user or private else tasks_of_user(os.geteuid())
        return Plan(
            stage2=str(STAGE2.parent),
            settings={
                "drop": "command" if own_user else None,
                "limits": rlimits(request.limits, tasks_elsewhere=elsewhere),
                "view": _view(request) if private else None,
                "landlock": _rights(request, private=private),
                "seccomp": seccomp.program(profile).hex(),
            },
            environment={} if private else {"TMPDIR": str(request.scratch)},
        )

    shared = "own /tmp and /dev/shm" if private else "no shared memory"
    detail = f"Landlock ABI {abi}, {shared}, no process namespace"
    return Opened(Confinement("landlock", True, True, False, True, True, True, detail), plan)


def _view(request: Request) -> dict[str, Any]:
    keep = [request.scratch, *_readable(request)]
    size = tmpfs_size(request.limits)
    covers: list[tuple[str, int, int]] = [(SHARED_MEMORY, size, 0o1777), (TEMPORARY, size, 0o1777)]
    if request.identity:
        closed = {folder for path in keep for folder in _closed_above(path)}
        covers += [(str(folder), 2**20, 0o755) for folder in closed]
    return {
        "new_user_namespace": request.identity is None,
        "covers": covers,
        "keep": [str(path) for path in keep],
    }


def _closed_above(path: Path) -> list[Path]:
    """The outermost folder above ``path`` that other users may not pass through, if there is one."""
    if path.is_relative_to(TEMPORARY):
        return []  # all that lies there is made visible anew
    closed = (folder for folder in reversed(path.parents) if not folder.stat().st_mode & stat.S_IXOTH)
    return list(closed)[:1]


def _rights(request: Request, *, private: bool) -> list[tuple[str, int]]:
    readable = [
        *map(str, _readable(request)),
        *(name for name in interpreter.SYSTEM if Path(name).exists()),
        *interpreter.ETC,
        *interpreter.PROCESSORS,
        *(f"/proc/{name}" for name in _PROC),
    ]
    writable = [str(request.scratch), *((SHARED_MEMORY, TEMPORARY) if private else ())]
    return [
        *((path, landlock.READ) for path in readable),
        *((f"/dev/{name}", landlock.DEVICE) for name in _DEVICES),
        *((path, landlock.WRITE) for path in writable),
    ]


def _readable(request: Request) -> Iterable[Path]:
    return interpreter.outermost([*interpreter.prefixes(), *request.readable])


def _may_separate() -> bool:
    """Whether the kernel lets a process of ours have its own mounts, tried in a process of its own."""
    namespace = os.geteuid() != 0
    find = f"import sys; sys.path.insert(0, {str(STAGE2.parent)!r})"
    probe = f"{find}; from {STAGE2.name} import view; view.separate(new_user_namespace={namespace}); "
    probe += "view.make_read_only('/tmp')"
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", probe],
            env={},
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


BACKEND = Backend(
    name="landlock",
    strength=10,
    install="it needs Linux 6.2 or later with Landlock enabled (lsm=landlock,...)",
    open=_open,
)
