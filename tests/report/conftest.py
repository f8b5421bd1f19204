"""Golden files: ``ERRATA_WRITE_GOLDEN=1 pytest tests/report`` writes them anew, to be read in the diff."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a document with the golden file of that name."""

    def compare(name: str, document: str) -> None:
        path = FOLDER / name
        if os.environ.get("ERRATA_WRITE_GOLDEN"):
            path.write_text(document, encoding="utf-8", newline="\n")
        assert document == path.read_text(encoding="utf-8")

    return compare
