"""Folders that an attempt at a statement has made, which its next attempt would find where none should be."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path


def folders(place: Path) -> frozenset[str]:
    """The names of the folders in ``place``; none where it cannot be read."""
    try:
        with os.scandir(place) as entries:
            return frozenset(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return frozenset()


def remove(place: Path, names: Iterable[str]) -> None:
    """Remove these folders of ``place`` and what is in them; what cannot be removed stays."""
    for name in names:
        shutil.rmtree(place / name, ignore_errors=True)
