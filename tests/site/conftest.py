"""The pages, and a browser to read them in.

Screenshots are kept in ``test-output/site``.  Without a browser the tests are skipped with the reason,
except where ``ERRATA_CI`` is set: there they fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.report import site
from tests.report.samples import TOOL
from tests.site.browser import Browser, browser, missing
from tests.site.views import BARE, SLY, SMALL, long

SHOTS = Path(__file__).parent.parent.parent / "test-output" / "site"


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a few articles, in a folder."""
    folder = tmp_path_factory.mktemp("site")
    for name, page in site((SMALL, BARE, SLY, long()), TOOL).items():
        (folder / name).write_text(page, encoding="utf-8", newline="\n")
    return folder


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of a process."""
    if why := missing():
        if os.environ.get("ERRATA_CI"):
            pytest.fail(f"no browser: {why}")
        pytest.skip(why)
    with browser(tmp_path_factory.mktemp("profile")) as window:
        yield window


@pytest.fixture
def window(chromium: Browser) -> Browser:
    """The browser, wide and light, with nothing noted."""
    chromium.resize(1280, 900)
    chromium.prefer("light")
    chromium.leave()
    chromium.requests()
    chromium.complaints()
    return chromium
