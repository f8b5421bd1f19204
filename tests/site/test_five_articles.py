"""The site of the five articles, as ``make site`` writes it: whole, small, quick, and asking for nothing."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errata import load
from tests.site.browser import Browser
from tests.site.conftest import SHOTS

ROOT = Path(__file__).parents[2]
ARTICLES = sorted(path.parent for path in (ROOT / "articles").glob("*/errata.toml"))

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


def report(folder: Path) -> float:
    """Write the site; the processor time that it took, with all its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = "import sys; from harness.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "report", str(folder), "articles", "--seconds", "300"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("five")
    report(folder)
    return folder


def test_once_reviews_exist_the_site_is_built_in_ten_seconds(five: Path, tmp_path: Path) -> None:
    """Processor time, for what else the machine does is not the command's affair."""
    assert report(tmp_path) < 10
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in five.iterdir()}


def test_it_is_small(five: Path) -> None:
    assert sum(path.stat().st_size for path in five.iterdir()) < 10 * 2**20


@pytest.mark.parametrize("folder", ARTICLES, ids=lambda folder: folder.name)
def test_every_erratum_has_its_note_and_its_hunk(five: Path, folder: Path) -> None:
    page = (five / f"{folder.name}.html").read_text()
    kept = load(folder)
    cards = re.findall(r'<section id="(e\d+)" class="card', page)
    assert sorted(cards) == sorted(f"e{number}" for number in range(1, len(kept) + 1))
    hunks = set(re.findall(r'href="#(e\d+)"', page[page.index('class="beside"') :]))
    assert hunks == set(cards)
    for section in (
        "The text as printed",
        "What its training moved",
        "learns</h2>",
        "How fast",
        "How it was run",
    ):
        assert section in page


def test_it_opens_from_files_and_asks_for_nothing(window: Browser, five: Path) -> None:
    names = ["index", *(folder.name for folder in ARTICLES)]
    for name in names:
        window.open(five / f"{name}.html")
        window.run("window.scrollTo(0, document.body.scrollHeight)")
    asked = [address for address in window.requests() if not address.startswith("data:")]
    assert [Path(address).name for address in asked] == [f"{name}.html" for name in names]
    assert all(address.startswith("file://") for address in asked)
    assert window.complaints() == []


def test_from_the_index_to_the_first_erratum(window: Browser, five: Path) -> None:
    """What the README promises: choose an article, press n."""
    window.open(five / "index.html")
    window.screenshot(SHOTS / "five-index.png")
    window.click("a[href='dense_gan.html']")
    window.press("n")
    (first,) = window.run(
        "return Array.from(document.querySelectorAll('.card.open'), card => card.innerText)"
    )
    for heading in ("FOR", "READ", "CAUSE", "SYMPTOM", "PROOF", "SOURCE"):
        assert heading in first
    window.screenshot(SHOTS / "five-erratum.png")
