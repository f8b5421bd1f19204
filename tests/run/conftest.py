"""Runs small programs in the strongest sandbox of the machine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from harness.model import Article, Listing, Trace
from harness.run.parent import Job, run
from harness.sandbox import choose

RunText = Callable[..., Trace]


@pytest.fixture(scope="session")
def run_text() -> RunText:
    """Run a script's text; keyword arguments are those of ``Job``."""
    sandbox = choose()

    def run_it(text: str, **job: object) -> Trace:
        article = Article("script.py", hashlib.sha256(text.encode()).hexdigest(), text, "script")
        return run(Listing(article, (), text), Job(**job), sandbox)  # type: ignore[arg-type]

    return run_it
