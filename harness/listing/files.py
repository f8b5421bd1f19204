"""Files -> Articles: what can be read, what cannot, and why not."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.listing.errors import ArticleError
from harness.model import Article

MOST_BYTES = 20 * 2**20

_KINDS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".mkd": "markdown",
    ".txt": "markdown",
    ".ipynb": "notebook",
    ".py": "script",
}
_FOUND_IN_FOLDERS = frozenset(_KINDS) - {".txt"}
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages"})
_EXPECTED = "Markdown (.md), a notebook (.ipynb) or a script (.py)"


def read_article(path: Path) -> Article:
    """The article in a file, pinned by the SHA-256 of its bytes.

    ``Article.text`` is the decoded text without a byte order mark; line ends are as they are.
    Raises ``ArticleError``, with one line that says what is wrong, where the file is no readable
    article: missing, no regular file, no permission, empty, over ``MOST_BYTES``, binary, not UTF-8, of
    an unknown kind, or a notebook that is no JSON.
    """
    kind = _KINDS.get(path.suffix.lower())
    data = _read(path)
    if kind is None:
        raise ArticleError(f"{path}: {_unknown_kind(path)}")
    if not data.strip():
        raise ArticleError(f"{path}: the file is empty; expected {_EXPECTED}")
    text = _decode(path, data)
    if kind == "notebook":
        from harness.listing.notebook import check_notebook

        check_notebook(path, text)
    return Article(str(path), hashlib.sha256(data).hexdigest(), text, kind)


def _read(path: Path) -> bytes:
    try:
        # Without blocking, so that a FIFO put in the file's place cannot hang us.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError) as error:
        raise ArticleError(f"{_printable(path)}: {_why(error)}") from None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise ArticleError(f"{path}: is a directory; expected a file: {_EXPECTED}")
        if not stat.S_ISREG(status.st_mode):
            raise ArticleError(f"{path}: is not a regular file; expected {_EXPECTED}")
        if status.st_size > MOST_BYTES:
            raise _too_large(path, status.st_size)
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ArticleError(f"{path}: {_why(error)}") from None
    finally:
        os.close(descriptor)
    if len(data) > MOST_BYTES:
        raise _too_large(path, len(data))
    return data


def _unknown_kind(path: Path) -> str:
    if not path.suffix:
        found = "its name has no extension, which would tell what kind of article it is"
        return f"{found}; expected {_EXPECTED}: rename it, for example to {path.name}.md"
    return f"'{path.suffix}' is no extension of an article; expected {_EXPECTED}: convert it to one of these"


def _too_large(path: Path, size: int) -> ArticleError:
    limit = f"at most {MOST_BYTES // 2**20} MB are read"
    return ArticleError(f"{path}: {size / 2**20:.1f} MB is too large for an article; {limit}")


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        reasons = {
            errno.ENOENT: "no such file or directory",
            errno.ENOTDIR: "no such file: a part of the path is not a directory",
            errno.EACCES: "no permission to read it",
            errno.EPERM: "no permission to read it",
            errno.ELOOP: "its symbolic links go round in a circle",
            errno.ENAMETOOLONG: "the name is too long",
            errno.ENXIO: "is not a regular file",
        }
        return reasons.get(error.errno, f"cannot be read: {os.strerror(error.errno)}")
    return "is not a possible file name"


def _printable(path: Path) -> str:
    return str(path).replace("\0", "\\0").replace("\n", "\\n")


def _decode(path: Path, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ArticleError(f"{path}: is encoded as UTF-16; save it as UTF-8")
    nul = data.find(b"\0")
    if nul >= 0:
        raise ArticleError(f"{path}: is a binary file (NUL at byte {nul}); expected {_EXPECTED}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # utf-8-sig counts from after the byte order mark.
        offset = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        before = data[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        raise ArticleError(
            f"{path}: is not UTF-8: byte 0x{data[offset]:02x} at offset {offset}, "
            f"line {before.count(10) + 1}; save it as UTF-8"
        ) from None


def find_articles(paths: Iterable[Path]) -> list[Path]:
    """The articles at ``paths``: a file is itself, a directory is searched; in order, none twice.

    In a directory the known kinds are taken, in alphabetical order, and folders are entered but for
    hidden ones, environments and links.  Where ``article.md`` lies beside ``article.toml`` it is the
    only article of that folder.  Raises ``ArticleError`` where a path leads to no article.
    """
    found: dict[Path, None] = {}
    for path in paths:
        try:
            is_directory = stat.S_ISDIR(path.stat().st_mode)
        except (OSError, ValueError) as error:
            raise ArticleError(f"{_printable(path)}: {_why(error)}") from None
        articles = list(_search(path)) if is_directory else [path]
        if not articles:
            raise ArticleError(f"{path}: no article in this directory; expected {_EXPECTED} in it")
        found.update(dict.fromkeys(articles))
    return list(found)


def _search(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        raise ArticleError(f"{folder}: {_why(error)}") from None
    names = {entry.name for entry in entries}
    if {"article.md", "article.toml"} <= names:
        yield folder / "article.md"
        return
    if "pyvenv.cfg" in names:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in _SKIPPED_FOLDERS:
                yield from _search(folder / entry.name)
        elif Path(entry.name).suffix.lower() in _FOUND_IN_FOLDERS and _is_file(entry):
            yield folder / entry.name


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that cannot be followed
        return False
