"""How far a review is, on standard error, for a person who waits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.report import clean

if TYPE_CHECKING:
    from rich.progress import Progress

#: Called with an article when its review begins; what it returns is called with each step.
Show = Callable[[Path], Callable[[str], None]]


@contextmanager
def shown(articles: int) -> Iterator[Show]:
    """Show one line that is gone afterwards: article, step and elapsed time.

    Nothing at all is written where standard error is not a terminal.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda path: lambda step: None
        return
    begun = 0
    display: Progress | None = None

    def begin(path: Path) -> Callable[[str], None]:
        nonlocal begun, display
        begun += 1
        if display is None:  # where all is known nothing begins, and there is nothing to wait for
            display = stack.enter_context(_display())
        shown = display
        title = clean(f"{path} ({begun} of {articles})")
        for finished in shown.task_ids:
            shown.remove_task(finished)
        task = shown.add_task(title, total=None)
        return lambda step: shown.update(task, description=clean(f"{title}: {step}"))

    with ExitStack() as stack:
        yield begin


@contextmanager
def line() -> Iterator[Callable[[str], None]]:
    """Show one changing line that is gone afterwards; nothing where standard error is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda step: None
        return
    display = _display()
    task = display.add_task("", total=None)
    with display:
        yield lambda step: display.update(task, description=clean(step))


def _display() -> Progress:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    return Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    )
