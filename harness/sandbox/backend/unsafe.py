"""No confinement: the user's own account and network, with limits on what a run may use.

Only for ``--unsafe``; never chosen.  The tree is still watched, bounded and killed as a whole.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

from harness.model import Confinement
from harness.sandbox.plan import STAGE2, Backend, Opened, Plan, Request, rlimits
from harness.sandbox.usage import tasks_of_user


def _open() -> Opened:
    detail = "not confined: only time, memory, processes, disk and output are bounded"
    return Opened(Confinement("none", False, False, False, False, False, True, detail), _plan)


def _plan(request: Request, stack: ExitStack) -> Plan:
    del stack  # nothing to keep open
    elsewhere = tasks_of_user(os.geteuid())
    return Plan(
        stage2=str(STAGE2.parent),
        settings={"confined": False, "limits": rlimits(request.limits, tasks_elsewhere=elsewhere)},
        environment={"TMPDIR": str(request.scratch)},
    )


BACKEND = Backend(name="none", strength=0, install="", open=_open)
