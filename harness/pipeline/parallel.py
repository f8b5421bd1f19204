"""Many reviews at once, in processes of their own, answered in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

from harness import scratch
from harness.pipeline.memory import available
from harness.sandbox import SandboxFailed

Task = TypeVar("Task")
Answer = TypeVar("Answer")

# What one run may need at its peak; never more of them than fit into memory.
_MEMORY_OF_ONE = 2 * 2**30
_AHEAD = 2  # tasks for each worker, so that none waits for its next one


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
    done: Callable[[Task, Answer], object] | None = None,
) -> Iterator[Answer]:
    """``work`` of each task, in the order of the tasks; ``done`` is told of each as soon as it is finished.

    Never more than fit into memory, whatever ``jobs`` says.  With one job, or one task, everything
    happens in this process.  Otherwise ``work``, tasks and answers are pickled.  When the iterator
    is closed or interrupted, no worker is left behind.  Raises SandboxFailed where a worker is lost.
    """
    jobs = min(jobs, len(tasks), fitting())
    if jobs > 1:
        yield from _side_by_side(work, tasks, jobs, done)
        return
    for task in tasks:
        answer = work(task)
        if done is not None:
            done(task, answer)
        yield answer


def _side_by_side(
    work: Callable[[Task], Answer],
    tasks: Sequence[Task],
    jobs: int,
    done: Callable[[Task, Answer], object] | None,
) -> Iterator[Answer]:
    # A fresh interpreter: forking a process that may hold threads is not safe.
    context = multiprocessing.get_context("spawn")
    waiting = iter(enumerate(tasks))
    running: dict[Future[Answer], int] = {}
    finished: dict[int, Future[Answer]] = {}
    with scratch.folder() as folder:
        folder.chmod(0o711)  # a confined process, another user, must get through to its scratch
        pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_settle, initargs=(str(folder),))
        try:
            for following in range(len(tasks)):
                while following not in finished:
                    for place, task in islice(waiting, _AHEAD * jobs - len(running)):
                        running[pool.submit(work, task)] = place
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        place = running.pop(future)
                        finished[place] = future
                        if done is not None and future.exception() is None:
                            done(tasks[place], future.result())
                yield finished.pop(following).result()
        except BrokenProcessPool:
            raise SandboxFailed(
                "a process that makes reviews was lost, perhaps because memory ran out; try fewer --jobs"
            ) from None
        finally:
            if running:
                # A worker may be in the middle of a run.  Its sandbox dies with it, and what it has
                # in its folder is removed here; an exception inside it might be caught on the way.
                for process in list((pool._processes or {}).values()):
                    process.kill()
            pool.shutdown(wait=True, cancel_futures=True)


def _settle(folder: str) -> None:
    """Ctrl-C is the parent's to handle, and so is what a worker leaves in its folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = folder
