"""A folder with an article for the plugin to collect.

pytester forgets the modules that a session inside this one has imported, and NumPy cannot be imported
twice: so everything that the plugin needs is imported here first.
"""

from __future__ import annotations

import numpy as np
import pytest

from harness import errata, pipeline, report, rules
from harness.pipeline import answers
from tests.plugin._articles import BROKEN

IMPORTED = (np, errata, pipeline, report, rules.load())


@pytest.fixture
def here(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    # They take longer to load than an article to review.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest -p no:benchmark")
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "cache"))
    answers.store.cache_clear()
    (pytester.path / "docs").mkdir()
    (pytester.path / "docs/broken.md").write_text(BROKEN)
    return pytester
