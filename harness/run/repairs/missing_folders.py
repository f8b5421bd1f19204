"""Makes the folder into which an article writes, and which it never makes."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from harness.run.repairs import FaultContext, Proposal

_CREATING = re.compile(r"create file \(unable to open file: name = '(?P<path>[^']+)', errno = 2\b")
_WRITES = re.compile(r"save|write|dump|to_csv|to_json|open\(.*['\"][wax]b?\+?['\"]", re.DOTALL)


def repair(context: FaultContext) -> Proposal | None:
    error = context.error
    name = error.filename if isinstance(error, FileNotFoundError) else None
    told = _CREATING.search(context.message) if isinstance(error, OSError) else None
    if name is None and told is not None:  # h5py tells it in words only
        name = told["path"]
    if not isinstance(name, str) or not _WRITES.search(context.source):
        return None
    folder = PurePosixPath(name).parent
    # Only folders of the article's own, beside it.
    if folder.is_absolute() or folder == PurePosixPath(".") or ".." in folder.parts:
        return None
    line = f"os.makedirs({str(folder)!r}, exist_ok=True)"
    return Proposal(
        rule="missing-folder",
        statement=None,
        bind=f"__import__('os').makedirs({str(folder)!r}, exist_ok=True)",
        before="",
        after=line,
        evidence={"folder": str(folder), "file": name},
    )
