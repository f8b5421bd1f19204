"""Who the confined process is for the kernel when the harness itself is root.

Each run gets a user number of its own, so that two runs cannot signal, trace or count against
each other.  Where the kernel maps few numbers (rootless containers), all runs share "nobody".
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

_FIRST = 700_000_000
_PIDS = 1 << 22  # the kernel's largest pid_max
_RUNS = 64  # runs of one harness process before its numbers repeat
_NOBODY = 65534

_runs = itertools.count()


@dataclass(frozen=True)
class Identity:
    uid: int
    gid: int


def for_run() -> Identity | None:
    """An unprivileged identity for one run; None where the harness is not root and keeps its own."""
    if os.geteuid() != 0:
        return None
    number = _FIRST + (os.getpid() % _PIDS) * _RUNS + next(_runs) % _RUNS
    if not (_mapped("uid", number) and _mapped("gid", number)):
        number = _NOBODY
    return Identity(number, number)


def give(folder: Path, identity: Identity) -> None:
    """Make ``folder`` and all that lies in it belong to ``identity``; links are not followed."""
    for path, folders, files, descriptor in os.fwalk(folder, follow_symlinks=False):
        del path
        os.fchown(descriptor, identity.uid, identity.gid)
        for name in (*folders, *files):
            os.chown(name, identity.uid, identity.gid, dir_fd=descriptor, follow_symlinks=False)


def _mapped(kind: str, number: int) -> bool:
    rows = Path(f"/proc/self/{kind}_map").read_text("ascii").splitlines()
    return any(int(first) <= number < int(first) + int(length) for first, _, length in map(str.split, rows))
