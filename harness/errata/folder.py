"""An article's folder and its fixed files: the article pinned, the fixed files never stale."""

from __future__ import annotations

import hashlib
import os
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

from harness.errata.apply import apply
from harness.errata.catalogue import ErrataError, load

Program = Callable[[str], str]  # the Python program of an article's text


def check_article(folder: Path) -> str:
    """The article's verbatim text.  Raises ErrataError where it is not the one that was pinned."""
    try:
        data = (folder / "article.md").read_bytes()
        pinned = tomllib.loads((folder / "article.toml").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ErrataError(
            f"{folder.name}: there is no {Path(str(error.filename)).name} in this folder."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ErrataError(f"{folder.name}/article.toml: it is not TOML: {error}.") from None
    found, wanted = hashlib.sha256(data).hexdigest(), pinned.get("sha256")
    if found != wanted:
        raise ErrataError(
            f"{folder.name}/article.md: its SHA-256 is {found}, and article.toml pins {wanted}. "
            "The article is kept verbatim: restore it, and put changes into errata.toml."
        )
    return data.decode("utf-8")


def fixed_files(folder: Path, program: Program) -> dict[str, str]:
    """The fixed files of an article by name: its corrected text, and the program that it prints."""
    article, errata = check_article(folder), load(folder)
    try:
        text = apply(article, errata)
    except ErrataError as error:
        raise ErrataError(f"{folder.name}/errata.toml: {error}") from None
    return {f"{folder.name}.md": text, f"{folder.name}.py": program(text)}


def check_fixed(folder: Path, fixed: Path, program: Program) -> None:
    """Raise ErrataError where a fixed file is absent or is not what article and errata give."""
    for name, text in fixed_files(folder, program).items():
        path = fixed / name
        if not path.exists():
            raise ErrataError(f"fixed/{name}: there is no such file; run `errata apply {folder.name}`.")
        found = path.read_bytes().decode("utf-8", errors="replace")
        if found != text:
            raise ErrataError(
                f"fixed/{name}: it differs from article and errata at line {_first_difference(found, text)}. "
                f"It is generated: change errata.toml, then run `errata apply {folder.name}`."
            )


def write_fixed(folder: Path, fixed: Path, program: Program) -> tuple[Path, ...]:
    """Write an article's fixed files whole or not at all; the paths of those that changed."""
    changed = []
    for name, text in fixed_files(folder, program).items():
        path, data = fixed / name, text.encode()
        if not path.exists() or path.read_bytes() != data:
            _write(path, data)
            changed.append(path)
    return tuple(changed)


def _first_difference(first: str, second: str) -> int:
    pairs = zip(first.split("\n"), second.split("\n"), strict=False)
    return next(
        (n for n, (a, b) in enumerate(pairs, 1) if a != b), min(first.count("\n"), second.count("\n")) + 1
    )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
