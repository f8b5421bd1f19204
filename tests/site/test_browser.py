"""The site in a real browser: reading it by mouse, by keyboard, without light, and on a narrow screen."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from tests.site.browser import Browser
from tests.site.conftest import SHOTS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

OPEN = "return Array.from(document.querySelectorAll('.card.open'), card => card.id)"
SHOWN = "return document.querySelector(arguments[0]).checkVisibility()"
VISIBLE_MARKS = (
    "return Array.from(document.querySelectorAll('button.mark')).filter(m => m.checkVisibility())"
    ".map(m => m.querySelector('b').textContent)"
)

LISTED = "return document.querySelector('.list summary').textContent"

COLOURED = (
    "return Array.from(document.querySelectorAll('.row'))"
    ".filter(row => getComputedStyle(row).boxShadow !== 'none')"
    ".map(row => row.querySelector('.no').textContent)"
)


@pytest.fixture
def small(window: Browser, pages: Path) -> Iterator[Browser]:
    window.open(pages / "small.html")
    yield window
    assert window.complaints() == []


def test_from_the_index_to_an_article(window: Browser, pages: Path) -> None:
    window.open(pages / "index.html")
    window.screenshot(SHOTS / "index.png")
    window.click("a[href='small.html']")
    assert window.run("return document.title") == "A small network: errata"


def test_nothing_is_asked_for_but_the_pages(window: Browser, pages: Path) -> None:
    for name in ("index", "small", "bare", "sly", "long"):
        window.open(pages / f"{name}.html")
        window.run("window.scrollTo(0, document.body.scrollHeight)")
    asked = [address for address in window.requests() if not address.startswith("data:")]
    assert [Path(address).name for address in asked] == [
        "index.html", "small.html", "bare.html", "sly.html", "long.html",
    ]  # fmt: skip
    assert all(address.startswith("file://") for address in asked)
    assert window.complaints() == []


def test_a_request_would_be_seen_and_refused(window: Browser, pages: Path) -> None:
    """The two tests above can fail: a page that asks is noticed, and gets nothing."""
    page = pages / "asking.html"
    page.write_text((pages / "bare.html").read_text().replace("</main>", "<img src='asked.png'></main>", 1))
    window.open(page)
    assert any("Content Security Policy" in words for words in window.complaints())


def test_stepping_by_keyboard(small: Browser) -> None:
    seen = []
    for _ in range(3):
        small.press("n")
        seen += small.run(OPEN)
        assert small.run("return document.activeElement.id") == seen[-1]
    assert seen == ["e2", "f1", "e1"]
    small.screenshot(SHOTS / "erratum.png")
    assert small.run("return document.getElementById('where').textContent") == "3 of 5"
    small.press("p")
    assert small.run(OPEN) == ["f1"]
    small.press("Escape")
    assert small.run(OPEN) == []


def test_single_keys_can_be_turned_off(small: Browser) -> None:
    small.click("#keys")
    small.press("n")
    assert small.run(OPEN) == []
    small.click("#next")
    assert small.run(OPEN) == ["e2"]


def test_a_mark_opens_and_closes_its_card(small: Browser) -> None:
    assert small.run(SHOWN, "#e1") is False
    small.hover("[aria-controls='e1']")
    assert small.run(SHOWN, "#e1") is True
    small.hover("h1")
    assert small.run(SHOWN, "#e1") is False
    small.click("[aria-controls='e1']")
    assert small.run("return document.querySelector('[aria-controls=e1]').ariaExpanded") == "true"
    assert small.run(OPEN) == ["e1"]
    small.run("document.querySelector('[aria-controls=e1]').focus()")
    small.press("Enter")
    assert small.run(OPEN) == []


def test_filtering_by_severity(small: Browser) -> None:
    assert small.run(VISIBLE_MARKS) == ["E2", "F1", "E1", "F2", "F3"]
    assert small.run(LISTED) == "List: 2 errata, 3 other findings"
    assert small.run(COLOURED) == ["1", "4", "9", "10", "11"]
    small.click("[data-filter='note']")
    assert small.run(VISIBLE_MARKS) == ["E1", "F2", "F3"]
    assert small.run(LISTED) == "List: 2 errata, 3 other findings (3 shown)"
    assert small.run(COLOURED) == ["4", "9", "10", "11"]
    small.press("n")
    assert small.run(OPEN) == ["e1"]
    small.click("[data-filter='error']")
    assert small.run(VISIBLE_MARKS) == ["F3"]
    small.click("[data-filter='warning']")
    small.press("n")
    assert small.run("return document.getElementById('where').textContent") == "nothing to show"
    small.click("[data-filter='note']")
    assert small.run(VISIBLE_MARKS) == ["E2", "F1"]
    assert small.run(LISTED).endswith("(2 shown)")


def test_toggling_the_corrected_article(small: Browser) -> None:
    assert (small.run(SHOWN, ".printed"), small.run(SHOWN, ".beside")) == (True, False)
    small.press("d")
    assert (small.run(SHOWN, ".printed"), small.run(SHOWN, ".beside")) == (False, True)
    assert small.run("return document.getElementById('beside').ariaPressed") == "true"
    small.screenshot(SHOTS / "beside.png")
    small.click(".hunk a[href='#e1']")
    assert (small.run(SHOWN, ".printed"), small.run(OPEN)) == (True, ["e1"])


def test_hostile_text_runs_nothing(window: Browser, pages: Path) -> None:
    window.open(pages / "sly.html")
    assert window.run("return document.title").startswith("<script>document.title='broken'</script>")
    assert window.run("return document.images.length") == 0
    assert window.complaints() == []


def test_without_its_script_everything_stands_open(window: Browser, pages: Path) -> None:
    page = pages / "unscripted.html"
    text = (pages / "small.html").read_text()
    page.write_text(text[: text.index("<script>\n")] + "</body></html>")
    window.open(page)
    assert window.run(SHOWN, "#e1") is True
    assert window.run(SHOWN, ".toolbar") is False


def test_a_long_article_opens_in_under_a_second(window: Browser, pages: Path) -> None:
    """Processor time of the page's thread: what else the machine does is not the page's affair."""
    window.open(pages / "bare.html")  # so that the thread is there
    window.command("Performance.enable", {"timeDomain": "threadTicks"})
    before = _busy(window)
    window.open(pages / "long.html")
    window.wait("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    spent = _busy(window) - before
    assert 0 < spent < 1, f"{spent:.2f} s"
    window.press("n")
    assert window.run(OPEN) == ["f1"]
    window.command("Performance.disable", {})


def _busy(window: Browser) -> float:
    metrics = window.command("Performance.getMetrics", {})["metrics"]
    return {one["name"]: float(one["value"]) for one in metrics}["TaskDuration"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_it_fits_the_screen(window: Browser, pages: Path, scheme: str, width: int) -> None:
    window.prefer(scheme)
    window.resize(width, 900)
    for name in ("index", "small"):
        window.open(pages / f"{name}.html")
        if name == "small":
            window.press("n")
        wide = window.run(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0
        window.screenshot(SHOTS / f"{name}-{scheme}-{width}.png")


def test_in_print_all_is_open(window: Browser, pages: Path) -> None:
    window.command("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        window.open(pages / "small.html")
        assert window.run(SHOWN, "#e1") is True
        assert window.run(SHOWN, ".beside") is True
        assert window.run(SHOWN, ".toolbar") is False
    finally:
        window.command("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "small", "sly", "broken"])
def test_an_accessibility_checker_finds_nothing(window: Browser, pages: Path, name: str, scheme: str) -> None:
    """axe-core, on the pages with everything open; "broken" proves that it would find something."""
    window.prefer(scheme)
    if name == "broken":
        text = (pages / "small.html").read_text()
        (pages / "broken.html").write_text(text.replace("--quiet:", "--quiet: #808080; --not:"))
    window.open(pages / f"{name}.html")
    window.run("for (const card of document.querySelectorAll('.card')) card.classList.add('open')")
    # The page's own policy is for pages; the checker is ours and comes from the driver.
    window.run(resources.files("axe_core_python").joinpath("axe.min.js").read_text() + "\nwindow.axe = axe;")
    found: dict[str, Any] = window.wait("axe.run().then(arguments[0])")
    serious = {
        one["id"]: one["nodes"][0]["html"]
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    }
    assert set(serious) == ({"color-contrast"} if name == "broken" else set()), serious
