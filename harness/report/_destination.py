"""Where a report goes when it goes to a file: all of it, or nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self


class OutputError(Exception):
    """The file cannot be written; the message says which and why."""


class Destination:
    """A file that is replaced in one step when the whole report is there.

    Entering makes a temporary file beside it, so that a folder that cannot be written is known
    before minutes are spent on reviews.  Leaving without ``write`` leaves no trace.  A device or a
    pipe (``/dev/stderr``) cannot be replaced and is written to directly.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary: Path | None = None

    def __enter__(self) -> Self:
        try:
            self._target = self._path.resolve()  # a symbolic link stays a link
            if self._target.is_dir():
                raise IsADirectoryError(21, "it is a directory, expected a file name")
            if not self._target.exists() or self._target.is_file():
                descriptor, name = tempfile.mkstemp(prefix=".errata-", dir=self._target.parent)
                os.close(descriptor)
                self._temporary = Path(name)
                self._temporary.chmod(self._mode())
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symbolic links
            self._discard()
            raise self._refusal(error) from error
        return self

    def write(self, document: str) -> None:
        """Write ``document`` as UTF-8 and put it in place.  Raises OutputError."""
        try:
            with (self._temporary or self._target).open("w", encoding="utf-8", newline="\n") as file:
                file.write(document)
                file.flush()
                if self._temporary:
                    os.fsync(file.fileno())
            if self._temporary:
                self._temporary.replace(self._target)
                self._temporary = None
        except OSError as error:
            raise self._refusal(error) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._discard()

    def _mode(self) -> int:
        if self._target.exists():
            return self._target.stat().st_mode & 0o777
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask

    def _discard(self) -> None:
        if self._temporary:
            self._temporary.unlink(missing_ok=True)
            self._temporary = None

    def _refusal(self, error: OSError | RuntimeError) -> OutputError:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return OutputError(f"{self._path}: the report cannot be written ({why}); name another --output")
