"""What Dask runs in each local worker when it starts."""

from __future__ import annotations

import signal


def dask_setup(worker: object) -> None:
    """Ctrl-C reaches all processes of a terminal; it is the client's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
