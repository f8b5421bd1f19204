from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import harness.report
from harness.report import FormatError, formats, render
from tests.report.samples import ALL, HOSTILE, TOOL


def test_formats_are_the_files_that_are_there() -> None:
    folder = Path(harness.report.__file__).parent
    assert formats() == sorted(path.stem for path in folder.glob("[!_]*.py"))
    assert {"github", "json", "text"} <= set(formats())


@pytest.mark.parametrize("name", formats())
def test_every_format_says_what_it_is_for_and_renders_the_same_twice(name: str) -> None:
    first = render(name, ALL, TOOL)
    assert first == render(name, ALL, TOOL)
    assert first.endswith("\n")
    assert (sys.modules[f"harness.report.{name}"].__doc__ or "").startswith("For ")


@pytest.mark.parametrize("name", formats())
def test_hostile_text_steers_nothing(name: str) -> None:
    written = render(name, (HOSTILE,), TOOL)
    # Neither control characters nor format marks, in no line: no terminal, log or eye is misled.
    assert [line for line in written.split("\n") if not line.isprintable()] == []
    assert "u202e" in written


@pytest.mark.parametrize("name", formats())
def test_no_review_at_all(name: str) -> None:
    assert TOOL.name in render(name, (), TOOL)


def test_an_unknown_format_is_named_with_those_that_exist() -> None:
    with pytest.raises(FormatError, match=r"no report format 'xml'; expected one of: .*json.*text"):
        render("xml", ALL, TOOL)


def test_shared_helpers_are_no_format() -> None:
    with pytest.raises(FormatError, match="'_clean'"):
        render("_clean", ALL, TOOL)


def test_a_file_without_render_fails_loudly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.py").write_text('"""For nobody."""\n')
    monkeypatch.setattr(harness.report, "__path__", [str(tmp_path)])
    monkeypatch.setitem(sys.modules, "harness.report.broken", ModuleType("harness.report.broken"))
    with pytest.raises(FormatError, match=r"harness/report/broken\.py: it defines no function render"):
        render("broken", ALL, TOOL)


def test_the_page_by_its_golden_file(golden: Callable[[str, str], None]) -> None:
    """Without its style and script, and an element a line, so that a change can be read."""
    for name, reviews in (("all", ALL), ("hostile", (HOSTILE,))):
        page = re.sub(r"(?s)(<(style|script)>).*?</\2>", r"\1</\2>", render("html", reviews, TOOL))
        golden(f"{name}.html.txt", re.sub(r"(?<=>)(?=<[^/])", "\n", page))


def test_the_page_for_reading_is_one_file_for_all_reviews() -> None:
    page = render("html", ALL, TOOL)
    assert page.startswith("<!DOCTYPE html>\n")
    assert page.count("<article ") == len(ALL)
    assert "http" not in page.replace("http-equiv", "")
