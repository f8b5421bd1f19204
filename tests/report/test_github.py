from __future__ import annotations

from collections.abc import Callable

from harness.report import render
from tests.report.samples import ALL, HOSTILE, TOOL


def test_every_kind_of_review(golden: Callable[[str, str], None]) -> None:
    golden("all.github.txt", render("github", ALL, TOOL))


def test_hostile_text(golden: Callable[[str, str], None]) -> None:
    golden("hostile.github.txt", render("github", (HOSTILE,), TOOL))


def test_no_text_of_an_article_can_become_a_command() -> None:
    lines = render("github", (HOSTILE,), TOOL).splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == ["::notice", "errata"]
    properties = lines[0].split(" ", 1)[1].split("::", 1)[0]
    assert [item.split("=", 1)[0] for item in properties.split(",")] == ["file", "line", "endLine", "title"]
    assert all(line.isprintable() for line in lines)
