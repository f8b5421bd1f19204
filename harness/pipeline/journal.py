"""Finished reviews in a file, a line each, so that nothing that ends the harness loses one.

The first line says what the file is.  Every other line is JSON: the article's path, the key under
which an unchanged article is found again, who made the review, and the review as in the model.
What is read back is checked against the model like the records of a run.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from harness.cache import digest, sources
from harness.model import Article, Review, Verdict
from harness.pipeline import answers, record
from harness.pipeline.options import Options

_HEAD = b'{"errata":"journal","version":1}\n'


class JournalError(Exception):
    """The file cannot be used; the message says which, why, and what to do."""


class Journal:
    """A file to which finished reviews are appended while it is entered.

    Only one process may have it at a time.  A line counts when it is whole: what a killed process
    left unfinished at the end is cut off.
    """

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        """With ``resume`` the file may hold reviews already; without it must be new or empty."""
        self.path = path
        self._resume = resume
        self._descriptor = -1
        self._known: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Raises JournalError."""
        try:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
                raise JournalError(f"{self.path}: it is no regular file; name another --journal")
            self._take()
        except OSError as error:
            self.__exit__(None, None, None)
            raise JournalError(
                f"{self.path}: the journal cannot be written ({error.strerror}); name another --journal"
            ) from error
        except JournalError:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)  # which gives up the lock as well
            self._descriptor = -1

    def find(self, article: Article, options: Options) -> Review | None:
        """The review of this very article, made under the same circumstances; None where there is none."""
        known = self._known.get(_key(article, options))
        try:
            return record.read(known, article) if known else None
        except record.DAMAGED:
            return None  # perhaps of another version: that review is made again

    def add(self, review: Review, options: Options, worker: str | None = None) -> None:
        """Append a review; on return it is on disk.  Raises JournalError.

        A review that the harness could not make is left out, so that it is made again.
        """
        if review.verdict is Verdict.HARNESS_ERROR:
            return
        key, made = _key(review.article, options), record.of(review)
        line = {"path": review.article.path, "key": key, "worker": worker, **made}
        self._append(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._known[key] = made

    def _append(self, line: bytes) -> None:
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise JournalError(
                f"{self.path}: the journal cannot be written ({error.strerror}); "
                "what it holds is kept: make room and go on with --resume"
            ) from error

    def _take(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JournalError(
                f"{self.path}: another review is writing there; wait for it, or name another --journal"
            ) from None
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            content = file.read()
        whole, _, torn = content.rpartition(b"\n")
        lines = whole.split(b"\n") if whole else []
        if not _HEAD.startswith(content[: len(_HEAD)]):
            raise JournalError(f"{self.path}: this is no journal of errata; name another --journal")
        if len(lines) > 1 and not self._resume:
            raise JournalError(
                f"{self.path}: it holds reviews already; go on with --resume, or name another --journal"
            )
        os.ftruncate(self._descriptor, len(content) - len(torn))
        if not lines:
            self._append(_HEAD)
        for line in lines[1:]:
            self._learn(line)

    def _learn(self, line: bytes) -> None:
        with suppress(ValueError, TypeError, KeyError, RecursionError):
            found = json.loads(line)
            self._known[str(found["key"])] = found


def _key(article: Article, options: Options) -> str:
    """The digest of all that a review depends on; the article counts by the hash of its file."""
    what = (article.sha256, article.kind, options.against, sources(""))
    return digest({"journal": what, **answers.circumstances(options)})
