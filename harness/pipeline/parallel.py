"""Many reviews at once, in processes of their own, answered in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from harness.pipeline.memory import available

Task = TypeVar("Task")
Answer = TypeVar("Answer")

# What one run may need at its peak; never more of them than fit into memory.
_MEMORY_OF_ONE = 2 * 2**30


def default_jobs() -> int:
    """As many as there are processors for this process, and as memory allows; at least one."""
    return min(len(os.sched_getaffinity(0)), fitting())


def fitting() -> int:
    """How many runs fit into memory at the same time; at least one."""
    return max(1, available() // _MEMORY_OF_ONE)


def in_order(
    work: Callable[[Task], Answer],
    tasks: Sequence[Task],
    jobs: int,
    done: Callable[[Task], object] | None = None,
) -> Iterator[Answer]:
    """``work`` of each task, in the order of the tasks; ``done`` is told as each one is handed on.

    Never more than fit into memory, whatever ``jobs`` says.  With one job, or one task, everything
    happens in this process.  Otherwise ``work``, tasks and answers are pickled.  When the iterator
    is closed or interrupted, no worker is left behind.
    """
    jobs = min(jobs, len(tasks), fitting())
    if jobs <= 1:
        for task in tasks:
            answer = work(task)
            if done is not None:
                done(task)
            yield answer
        return
    # A fresh interpreter: forking a process that may hold threads is not safe.
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="errata-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # a confined process, another user, must get through to its scratch
        pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_settle, initargs=(folder,))
        futures = [pool.submit(work, task) for task in tasks]
        try:
            for task, future in zip(tasks, futures, strict=True):
                answer = future.result()
                if done is not None:
                    done(task)
                yield answer
        finally:
            if not all(future.done() for future in futures):
                # A worker may be in the middle of a run.  Its sandbox dies with it, and what it has
                # in its folder is removed here; an exception inside it might be caught on the way.
                for process in list((pool._processes or {}).values()):
                    process.kill()
            pool.shutdown(wait=True, cancel_futures=True)


def _settle(folder: str) -> None:
    """Ctrl-C is the parent's to handle, and so is what a worker leaves in its folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = folder
