"""How reviews are made: the part of the pipeline that is there before any heavy module."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from harness.model import Budget


@dataclass(frozen=True)
class Options:
    """How a review is made."""

    budget: Budget = field(default_factory=Budget)
    backend: str = "tensorflow"
    keras: int = 3  # major version
    against: int | None = None  # another one, to tell what has changed between the two
    mnist: Path | None = None
    unsafe: bool = False
    warm: bool = True  # let runs begin in a fork of a process that has the frameworks loaded
    reviews: int = 1  # how many are about to be made with these options
    cache: bool = False  # answer from what was answered before, and keep what is answered now
