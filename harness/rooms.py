"""What a process does that is to be forked into the sandbox's rooms, once it has imported a framework."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Any

#: Set where a worker is to serve: the folder in which the sandbox's part of a warm process lies.
SERVE = "ERRATA_ROOMS"
_CONTEXT = "tensorflow.python.eager.context"


def serve(folder: str) -> None:
    """Serve; returns in each run, which is a fork of this process."""
    gc.collect()
    gc.freeze()  # a run's collector does not write to what all runs share
    sys.path.insert(0, folder)
    room: Any = importlib.import_module("stage2.room")
    del sys.path[0]
    room.serve(0)
    for name in [name for name in sys.modules if name.partition(".")[0] == "stage2"]:
        del sys.modules[name]


def check_idle() -> None:
    """Raises RuntimeError where TensorFlow, which has to be imported, has run an operation.

    An operation starts threads, which a fork does not have: it would wait for them forever.
    """
    context = vars(sys.modules[_CONTEXT])["_context"]
    if context is not None and context._context_handle is not None:
        raise RuntimeError("importing the frameworks has run an operation, so no run can be forked")
