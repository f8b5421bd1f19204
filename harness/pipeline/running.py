"""A program at full length, confined, its output streamed and its files kept."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.data.full import full_archive
from harness.listing import read_article, read_listing
from harness.model import Confinement, Limits, Outcome
from harness.pipeline.options import Options
from harness.pipeline.reviewing import open_sandbox
from harness.run.plain import run_plainly

_MOST_FILES = 200
_MOST_BYTES = 512 * 2**20


@dataclass(frozen=True)
class RunReport:
    """How a full-length run went, and the files that it left, by their new paths."""

    outcome: Outcome
    confinement: Confinement
    kept: tuple[Path, ...]


def run_program(
    path: Path,
    output: Path,
    options: Options,
    limits: Limits,
    on_output: Callable[[str, bytes], None],
    *,
    observer: str | None = None,
    harvest: Callable[[Path], None] | None = None,
) -> RunReport:
    """Run the program of an article or script to its end; regular files go to ``output``.

    ``observer`` names a module that looks on from inside; ``harvest`` is handed the scratch folder before
    it is removed.
    Raises ArticleError where ``path`` is no readable article, SandboxUnavailable without a sandbox.
    """
    listing = read_listing(read_article(path))
    sandbox = open_sandbox(options.unsafe)
    kept: list[Path] = []

    def keep(scratch: Path) -> None:
        kept.extend(_harvest(scratch, output))
        if harvest:
            harvest(scratch)

    outcome = run_plainly(
        listing.text,
        sandbox,
        limits,
        backend=options.backend,
        mnist=full_archive(options.mnist).path,
        keep=keep,
        on_output=on_output,
        observer=observer,
    )
    return RunReport(outcome, sandbox.confinement, tuple(kept))


def _harvest(scratch: Path, output: Path) -> list[Path]:
    """Copy regular files out of scratch.  Links, pipes and devices are left behind: the code made them."""
    kept: list[Path] = []
    total = 0
    for folder, names, files in os.walk(scratch, followlinks=False):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            source = Path(folder) / name
            seen = source.lstat()
            total += seen.st_size
            if name.startswith(".") or not stat.S_ISREG(seen.st_mode) or seen.st_nlink > 1:
                continue
            if len(kept) >= _MOST_FILES or total > _MOST_BYTES:
                return kept
            kept.append(_copy(source, output / source.relative_to(scratch)))
    return kept


def _copy(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    # O_NOFOLLOW and O_NONBLOCK: what was a file a moment ago is read as one, or not at all.
    opened = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(opened, "rb") as there, target.open("wb") as here:
        shutil.copyfileobj(there, here)
    return target
